"""The chart, rendered by Helm 3 and 4 with each of its fixtures."""

import json

import pytest

from sidecar.config.load import load
from tests.deploy.tools import CHART, CUSTOM, HELMS, TOOLS, assert_valid, objects, run

FIXTURES = sorted(CHART.glob("ci/*-values.yaml"))
URL = ("--set", "upstream.url=http://app")


@pytest.fixture(params=HELMS)
def helm(request):
    return request.param


@pytest.fixture(params=FIXTURES, ids=lambda file: file.stem)
def fixture(request):
    return request.param


def render(helm, *arguments, version="1.33.0"):
    return run(helm, "template", "r", CHART, "--kube-version", version, *arguments)


def of_kind(text, kind):
    return [one for one in objects(text) if one["kind"] == kind]


def test_lint(helm, fixture):
    run(helm, "lint", "--strict", CHART, "-f", fixture)


def test_objects_are_those_of_kubernetes(helm, fixture, tmp_path):
    assert_valid(render(helm, "-f", fixture), tmp_path)


def test_both_helms_say_the_same(fixture):
    assert objects(render("helm3", "-f", fixture)) == objects(
        render("helm4", "-f", fixture)
    )


def test_custom_resources_are_those_of_the_operator(tmp_path):
    """Keys that the models do not know would be lost on the way through them."""
    found = [
        one
        for one in objects(render("helm4", "-f", CHART / "ci/full-values.yaml"))
        if one["kind"] in CUSTOM
    ]
    assert {one["kind"] for one in found} == CUSTOM
    file = tmp_path / "objects.json"
    file.write_text(json.dumps(found))
    script = (
        "import json, sys\n"
        "from cloudcoil.models.prometheus_operator import v1\n"
        "def dumped(one):\n"
        "    model = getattr(v1, one['kind']).model_validate(one)\n"
        "    return json.loads(model.model_dump_json(by_alias=True, exclude_unset=True))\n"
        "found = json.load(open(sys.argv[1]))\n"
        "print(json.dumps([dumped(one) for one in found]))"
    )
    said = run(str(TOOLS.parent / "venv" / "bin" / "python"), "-c", script, file)
    assert json.loads(said) == found


def test_the_configuration_is_one(helm, fixture, tmp_path):
    for one in of_kind(render(helm, "-f", fixture), "ConfigMap"):
        if "sidecar.yaml" in one["data"]:
            file = tmp_path / "sidecar.yaml"
            file.write_text(one["data"]["sidecar.yaml"])
            config = load(file, environ={}).config
            assert config.health.readiness == "proxy-only"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "upstream.url"),
        ((*URL, "--set", "replica=1"), "replica"),
        ((*URL, "--set", "config.limits.bdy=1MiB"), "bdy"),
        ((*URL, "--set", "config.defaults.timeouts.request=10x"), "timeouts/request"),
        ((*URL, "--set", "reload=never"), "reload"),
        (
            (*URL, "--set", "terminationGracePeriodSeconds=20"),
            "wait and config.shutdown",
        ),
        (
            (*URL, "--set", "config.shutdown.timeout=1m30s"),
            "config.shutdown.timeout need 100",
        ),
        ((*URL, "--set", "config.workers=2,existingConfigMap=x"), "exclude each other"),
        (
            (*URL, "--set", "autoscaling.enabled=true,resources.requests.cpu=null"),
            "requests.cpu",
        ),
        (
            (*URL, "--set", "autoscaling.enabled=true,autoscaling.minReplicas=11"),
            "autoscaling.maxReplicas is below",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(helm, arguments, says):
    with pytest.raises(AssertionError) as refused:
        render(helm, *arguments)
    assert says in str(refused.value).replace("timeouts.request", "timeouts/request")


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("shop.v2", "shop-v2-sidecar"),
        ("1e3", "sidecar-1e3"),
        ("2048-sidecar", "sidecar-2048-sidecar"),
        ("9" * 53, f"sidecar-{'9' * 44}"),
        ("my-sidecar.x", "my-sidecar-x"),
        ("x" * 53, "x" * 52),
    ],
)
def test_names_that_a_release_may_have(helm, release, name, tmp_path):
    """A Service has no dots in its name and begins with a letter; a label is text."""
    text = run(helm, "template", release, CHART, *URL)
    assert_valid(text, tmp_path, "1.33")
    (service,) = of_kind(text, "Service")
    assert service["metadata"]["name"] == name
    assert service["spec"]["selector"]["app.kubernetes.io/instance"] == release


def test_a_changed_configuration_replaces_the_pods_unless_it_is_read_hot(helm):
    def annotations(*more):
        (found,) = of_kind(render(helm, *URL, *more), "Deployment")
        return found["spec"]["template"]["metadata"]["annotations"]

    assert annotations() != annotations("--set", "config.workers=auto")
    assert not annotations("--set", "reload=hot")


def test_no_configuration_is_one(helm):
    """`null` takes the default away."""
    assert render(helm, *URL, "--set", "config=null") == render(helm, *URL)


def test_a_single_pod_has_no_budget_for_disruptions(helm):
    assert of_kind(render(helm, *URL), "PodDisruptionBudget")
    assert not of_kind(render(helm, *URL, "--set", "replicas=1"), "PodDisruptionBudget")


def test_end(helm):
    """The hook drains and waits, and the pod has time for it."""
    (found,) = of_kind(render(helm, *URL), "Deployment")
    spec = found["spec"]["template"]["spec"]
    hook = spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert hook == [
        "sidecar",
        "drain",
        "--config=/etc/sidecar/sidecar.yaml",
        "--wait=10",
    ]
    assert spec["terminationGracePeriodSeconds"] == 60
    assert found["spec"]["strategy"]["rollingUpdate"] == {
        "maxSurge": 1,
        "maxUnavailable": 0,
    }


def test_notes():
    """Helm 3 asks the cluster even so."""
    notes = run("helm4", "install", "r", CHART, "--dry-run=client", *URL)
    assert "The sidecar stands before http://app." in notes


def test_package(helm, tmp_path):
    run(helm, "package", CHART, "-d", tmp_path)
    (package,) = tmp_path.glob("sidecar-*.tgz")
    assert objects(run(helm, "template", "r", package, *URL))
