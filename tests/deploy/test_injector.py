"""The policies that put the sidecar into pods, and what their expressions come to.

No API server is at hand. The expressions are read by an implementation of CEL, and
carried out by it with objects as maps, which is all that it lacks; what comes out is
merged as server-side apply does, and must be a pod that Kubernetes knows.
"""

import json
import re
from copy import deepcopy
from typing import Any

import pytest
import yaml

from sidecar.inject import pod
from sidecar.inject.options import Options
from tests.deploy.tools import HELMS, ROOT, TOOLS, assert_valid, objects, run

CHART = ROOT / "helm" / "sidecar-injector"
FIXTURES = sorted(CHART.glob("ci/*-values.yaml"))
POD = """
apiVersion: v1
kind: Pod
metadata: {name: app, labels: {sidecar.dev/inject: "true", app: shop}}
spec:
  initContainers: [{name: migrate, image: app}]
  containers:
    - {name: app, image: app, ports: [{containerPort: 3000}]}
    - {name: log, image: log, lifecycle: {preStop: {exec: {command: [flush]}}}}
  volumes: [{name: data, emptyDir: {}}]
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {ports: [{name: http, port: 80, protocol: TCP, targetPort: 3000}, {name: x, port: 81, protocol: TCP}]}
"""
# By what items of a list are known, as the schemas of Kubernetes say.
KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "ports": ("port", "protocol"),
}
CEL = """
import json, sys, cel
asked = json.load(sys.stdin)
print(json.dumps([cel.evaluate(one, asked["context"]) for one in asked["expressions"]]))
"""
READ = """
import json, sys, cel
for one in json.load(sys.stdin):
    try:
        cel.compile(one)
    except ValueError as error:
        raise SystemExit(f"{one}: {error}")
"""


def python(script, given):
    program = TOOLS.parent / "venv" / "bin" / "python"
    return run(str(program), "-c", script, input=json.dumps(given))


def carried_out(expressions, context):
    as_maps = [
        re.sub(
            r"([{,]\s*)([A-Za-z]\w*):", r'\1"\2":', re.sub(r"Object[\w.]*\{", "{", one)
        )
        for one in expressions
    ]
    return json.loads(python(CEL, {"context": context, "expressions": as_maps}))


@pytest.fixture(params=HELMS)
def helm(request):
    return request.param


def render(helm, *arguments, version="1.36.0"):
    return run(helm, "template", "r", CHART, "--kube-version", version, *arguments)


def policy(name, *arguments):
    return next(
        one["spec"]
        for one in objects(render("helm4", *arguments))
        if one["kind"] == "MutatingAdmissionPolicy"
        and f"-{name}." in one["metadata"]["name"]
    )


def applied(spec, given):
    """What the policy makes of an object; None where it is not for it."""
    context = {"object": given, "variables": {}}
    conditions = [one["expression"] for one in spec["matchConditions"]]
    if not all(carried_out(conditions, context)):
        return None
    for one in spec.get("variables", ()):
        (value,) = carried_out([one["expression"]], context)
        context["variables"][one["name"]] = value
    (mutation,) = spec["mutations"]
    (change,) = carried_out([mutation["applyConfiguration"]["expression"]], context)
    return merged(given, change)


def merged(old, new, name=""):
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: merged(old.get(key), value, key) for key, value in new.items()}
        return {**old, **both}
    if isinstance(old, list) and isinstance(new, list) and name in KEYS:
        result = deepcopy(old)
        for item in new:
            known = [item.get(key) for key in KEYS[name]]
            at = [[one.get(key) for key in KEYS[name]] for one in result]
            if known in at:
                result[at.index(known)] = merged(result[at.index(known)], item)
            else:
                result.append(item)
        return result
    return new


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda file: file.stem)
def test_it_is_rendered_and_known(helm, fixture, tmp_path):
    run(helm, "lint", "--strict", CHART, "-f", fixture, "--kube-version", "1.36.0")
    text = render(helm, "-f", fixture)
    assert_valid(text, tmp_path, "1.36", "1.37")
    assert {one["kind"] for one in objects(text)} == {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
    }


@pytest.mark.parametrize("version", ["1.34", "1.35"])
def test_where_it_is_beta(helm, version, tmp_path):
    has = "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy"
    text = render(helm, "--api-versions", has, version=f"{version}.0")
    assert {one["apiVersion"] for one in objects(text)} == {
        "admissionregistration.k8s.io/v1beta1"
    }
    assert_valid(text, tmp_path, version)


@pytest.mark.parametrize(
    ("version", "arguments", "says"),
    [
        ("1.35.0", (), "it comes with 1.36"),
        ("1.33.0", (), "1.34"),
        ("1.36.0", ("--set", "lisen=1"), "lisen"),
        ("1.36.0", ("--set", "failurePolicy=Maybe"), "failurePolicy"),
    ],
)
def test_what_makes_no_sense_is_refused(helm, version, arguments, says):
    with pytest.raises(AssertionError, match=says):
        render(helm, *arguments, version=version)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda file: file.stem)
def test_expressions_are_cel(fixture):
    specs = [
        one["spec"]
        for one in objects(render("helm4", "-f", fixture))
        if one["kind"] == "MutatingAdmissionPolicy"
    ]
    found = [
        *(one["expression"] for spec in specs for one in spec["matchConditions"]),
        *(one["expression"] for spec in specs for one in spec.get("variables", ())),
        *(spec["mutations"][0]["applyConfiguration"]["expression"] for spec in specs),
    ]
    assert len(found) >= 6
    python(READ, found)
    with pytest.raises(AssertionError):
        python(READ, ["Object{spec: }"])


def test_types_are_named_by_their_path():
    """`Object.a.b{c: Object.a.b.c{…}}`: the API server refuses any other name."""
    expression = policy("pods")["mutations"][0]["applyConfiguration"]["expression"]
    named = re.findall(r"(\w+): \[?(Object(?:\.\w+)+)\{", expression)
    assert len(named) > 15
    assert [(key, path) for key, path in named if path.rpartition(".")[2] != key] == []


def test_a_pod_gets_what_inject_adds(tmp_path):
    given = yaml.safe_load(POD)
    changed = applied(policy("pods"), given)
    assert_valid(yaml.safe_dump(changed), tmp_path, "1.36")
    spec = changed["spec"]
    sidecar = spec["initContainers"][-1]
    expected: dict[str, Any] = dict(pod.container(Options(kubernetes=(1, 36)), 3000))
    ours = {"args", "lifecycle", "volumeMounts", "imagePullPolicy"}
    assert {k: v for k, v in sidecar.items() if k not in ours} == {
        k: v for k, v in expected.items() if k not in ours
    }
    assert sidecar["args"] == [
        one for one in expected["args"] if not one.startswith("--config")
    ]
    assert sidecar["lifecycle"]["preStop"]["exec"]["command"] == ["sidecar", "drain"]
    assert changed["metadata"]["labels"] == {
        **given["metadata"]["labels"],
        pod.LABEL: "true",
    }
    app, log = spec["containers"]
    assert app["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}
    assert log == given["spec"]["containers"][1]
    assert spec["terminationGracePeriodSeconds"] == 30
    assert [one["name"] for one in spec["volumes"]] == ["data", "sidecar-tmp"]


def test_annotations_say_port_and_configuration(tmp_path):
    given = yaml.safe_load(POD)
    given["metadata"]["annotations"] = {
        "sidecar.dev/port": "8001",
        "sidecar.dev/config": "shop-sidecar",
    }
    given["spec"]["terminationGracePeriodSeconds"] = 90
    changed = applied(policy("pods"), given)
    assert_valid(yaml.safe_dump(changed), tmp_path, "1.36")
    spec = changed["spec"]
    sidecar = spec["initContainers"][-1]
    expected = pod.arguments(Options(kubernetes=(1, 36)), 8001)
    assert set(sidecar["args"]) == {str(one) for one in expected}
    assert (
        "--config=/etc/sidecar/sidecar.yaml"
        in (sidecar["lifecycle"]["preStop"]["exec"]["command"])
    )
    assert spec["volumes"][-1] == {
        "name": "sidecar-config",
        "configMap": {"name": "shop-sidecar"},
    }
    assert spec["terminationGracePeriodSeconds"] == 90


def test_a_pod_that_has_it_is_left_alone():
    once = applied(policy("pods"), yaml.safe_load(POD))
    assert applied(policy("pods"), once) is None


def test_a_pod_without_a_port_is_refused():
    given = yaml.safe_load(POD)
    del given["spec"]["containers"][0]["ports"]
    with pytest.raises(AssertionError):
        applied(policy("pods"), given)


def test_a_service_leads_to_it(tmp_path):
    changed = applied(policy("services"), yaml.safe_load(SERVICE))
    assert_valid(yaml.safe_dump(changed), tmp_path, "1.36")
    first, second = changed["spec"]["ports"]
    assert (first["port"], first["targetPort"]) == (80, 15080)
    assert "targetPort" not in second
    assert applied(policy("services"), {"metadata": {}, "spec": {}}) is None


def test_nobody_else_is_looked_at():
    for name in ("pods", "services"):
        constraints = policy(name)["matchConstraints"]
        selector = constraints["objectSelector"]["matchLabels"]
        assert selector == {"sidecar.dev/inject": "true"}


def test_package(helm, tmp_path):
    run(helm, "package", CHART, "-d", tmp_path)
    (package,) = tmp_path.glob("sidecar-injector-*.tgz")
    text = run(helm, "template", "r", package, "--kube-version", "1.36.0")
    assert len(objects(text)) == 4
