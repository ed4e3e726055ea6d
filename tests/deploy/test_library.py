"""Another chart's pods with the sidecar, by the library's templates."""

import shutil

import pytest

from sidecar.inject import pod
from sidecar.inject.options import Options
from tests.deploy.tools import CHART, HELMS, ROOT, assert_valid, objects, run


@pytest.fixture(params=HELMS)
def render(request, tmp_path):
    shutil.copytree(ROOT / "tests" / "deploy" / "app", tmp_path / "app")
    shutil.copytree(CHART / "charts" / "sidecar-lib", tmp_path / "sidecar-lib")
    run(request.param, "dependency", "build", tmp_path / "app")
    run(request.param, "lint", "--strict", tmp_path / "app")

    def render(*arguments, version="1.33.0"):
        return run(
            request.param,
            "template",
            "r",
            tmp_path / "app",
            "--kube-version",
            version,
            *arguments,
        )

    return render


def spec(text):
    return objects(text)[1]["spec"]["template"]["spec"]


def deployment(text):
    return next(one for one in objects(text) if one["kind"] == "Deployment")["spec"][
        "template"
    ]["spec"]


def test_the_page_shows_what_is_rendered_here():
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    shown = page.partition("# templates/deployment.yaml\n")[2].partition("```")[0]
    app = (ROOT / "tests/deploy/app/templates/app.yaml").read_text().splitlines()
    assert "sidecar.volumes" in shown
    assert [line for line in shown.splitlines() if line not in app] == []


def test_a_native_sidecar(render, tmp_path):
    text = render()
    assert_valid(text, tmp_path)
    found = deployment(text)
    (sidecar,) = found["initContainers"]
    assert [one["name"] for one in found["containers"]] == ["app"]
    assert sidecar["restartPolicy"] == "Always"
    assert found["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 10}}
    assert found["terminationGracePeriodSeconds"] == 30
    (service,) = [one for one in objects(text) if one["kind"] == "Service"]
    assert (
        service["spec"]["ports"][0]["targetPort"]
        == sidecar["ports"][0]["containerPort"]
    )


@pytest.mark.parametrize(
    ("shutdown", "grace"),
    [
        ("timeout=1m30s", 105),
        ("timeout=1500ms", 30),
        ("timeout=1h,sidecar.config.shutdown.grace=2.5s", 3618),
        ("grace=20", 50),
    ],
)
def test_the_pod_has_the_time_that_the_configuration_takes(render, shutdown, grace):
    found = deployment(render("--set", f"sidecar.config.shutdown.{shutdown}"))
    assert found["terminationGracePeriodSeconds"] == grace


def test_it_is_what_inject_adds(render):
    (sidecar,) = deployment(render())["initContainers"]
    injected = pod.container(Options(), 3000)
    assert {**sidecar, "imagePullPolicy": None} == {**injected, "imagePullPolicy": None}
    assert deployment(render())["volumes"] == pod.volumes("r-sidecar")


def test_before_native_sidecars(render, tmp_path):
    text = render(version="1.28.0")
    assert_valid(text, tmp_path, "1.28")
    found = deployment(text)
    assert not found["initContainers"]
    assert [one["name"] for one in found["containers"]] == ["app", "sidecar"]
    assert (
        "--wait=10" in found["containers"][1]["lifecycle"]["preStop"]["exec"]["command"]
    )
    assert found["containers"][0]["lifecycle"]["preStop"] == {
        "exec": {"command": ["sleep", "10"]}
    }


def test_values(render):
    text = render(
        "--set",
        "sidecar.mode=container,sidecar.existingConfigMap=own,sidecar.reload=hot",
    )
    assert [one["kind"] for one in objects(text)] == ["Service", "Deployment"]
    assert deployment(text)["volumes"][0]["configMap"] == {"name": "own"}
