"""What `sidecar inject` writes, before the schemas of Kubernetes and Compose."""

import os
import sys

import pytest

from sidecar.inject.options import Options
from sidecar.inject.rewrite import inject
from tests.deploy.tools import KUBERNETES, ROOT, assert_valid, objects, run

MANIFESTS = ROOT / "tests" / "data" / "manifests"
SIDECAR = f"{sys.executable} -m sidecar"


@pytest.mark.parametrize("version", ["1.28", *KUBERNETES])
@pytest.mark.parametrize(
    "file", sorted(MANIFESTS.glob("kubernetes/*.yaml")), ids=lambda file: file.stem
)
def test_manifests(file, version, tmp_path):
    major, minor = version.split(".")
    options = Options(kubernetes=(int(major), int(minor)))
    assert_valid(inject([file.read_text()], options).texts[0], tmp_path, version)


@pytest.mark.parametrize(
    "file", sorted(MANIFESTS.glob("compose/*.yaml")), ids=lambda file: file.stem
)
def test_compose_files(file, tmp_path):
    copy = tmp_path / "compose.yaml"
    copy.write_text(
        inject([file.read_text()], Options(config="", config_name="./s.yaml")).texts[0]
    )
    assert "-sidecar:" in copy.read_text()
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", copy)


@pytest.fixture
def environment(tmp_path):
    """A `sidecar` in the path, and homes of Helm's that are empty."""
    program = tmp_path / "bin" / "sidecar"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncd {ROOT} && exec {SIDECAR} "$@"\n')
    program.chmod(0o755)
    homes = {
        f"HELM_{name}_HOME": str(tmp_path / name)
        for name in ("CONFIG", "CACHE", "DATA")
    }
    return os.environ | homes | {"PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("helm", "renderer"),
    [
        ("helm3", ("--post-renderer", "sidecar", "--post-renderer-args", "inject")),
        ("helm4", ("--post-renderer", "sidecar-inject")),
    ],
)
def test_post_renderer(helm, renderer, environment, tmp_path):
    """A chart that nobody wrote for it: the one that Helm makes for a start."""
    run(helm, "create", tmp_path / "app", env=environment)
    if helm == "helm4":
        run(helm, "plugin", "install", ROOT / "helm" / "plugin", env=environment)
    text = run(helm, "template", "r", tmp_path / "app", *renderer, env=environment)
    assert_valid(text, tmp_path)
    found = {one["kind"]: one for one in objects(text)}
    spec = found["Deployment"]["spec"]["template"]["spec"]
    assert [one["name"] for one in spec["initContainers"]] == ["sidecar"]
    assert "--upstream=http://127.0.0.1:80" in spec["initContainers"][0]["args"]
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == 15080
    assert found["ConfigMap"]["metadata"]["name"] == "r-app-sidecar"


def test_kustomize_component(tmp_path):
    """It joins what the Deployment has, as its first container for the start."""
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [app.yaml]\ncomponents: [{os.path.relpath(ROOT / 'config' / 'kustomize', tmp_path)}]\n"
    )
    (tmp_path / "app.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: app, labels: {sidecar.dev/inject: 'true'}}\n"
        "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {\n"
        "  initContainers: [{name: first, image: x}], containers: [{name: app, image: x}]}}}\n"
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\n"
        "spec: {selector: {matchLabels: {a: c}}, template: {metadata: {labels: {a: c}}, spec: {\n"
        "  containers: [{name: app, image: x}]}}}\n"
        "---\napiVersion: v1\nkind: Service\n"
        "metadata: {name: app, labels: {sidecar.dev/inject: 'true'}}\n"
        "spec: {selector: {a: b}, ports: [{port: 80}]}\n"
    )
    text = run(
        "kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone", tmp_path
    )
    assert_valid(text, tmp_path)
    found = {(one["kind"], one["metadata"]["name"]): one for one in objects(text)}
    spec = found["Deployment", "app"]["spec"]["template"]["spec"]
    assert [one["name"] for one in spec["initContainers"]] == ["sidecar", "first"]
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}
    assert (
        "initContainers" not in found["Deployment", "other"]["spec"]["template"]["spec"]
    )
    assert found["Service", "app"]["spec"]["ports"][0]["targetPort"] == 15080
    assert found["ConfigMap", "sidecar"]["data"]["sidecar.yaml"]
