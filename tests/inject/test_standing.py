import pytest
import yaml

from sidecar.inject import pod
from sidecar.inject.options import Options
from sidecar.inject.rewrite import inject

USUAL = Options()
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  %s
  containers:
  - name: app
    image: app
    ports: [{containerPort: 80}]
    %s
"""


def injected(spec="nodeName: x", container="tty: true", options=USUAL):
    done = inject([POD % (spec, container)], options)
    pod, config_map = yaml.safe_load_all(done.texts[0])
    return pod, config_map, " ".join(map(str, done.notes.found))


def test_pod_and_configuration():
    pod, config_map, said = injected()
    spec = pod["spec"]
    assert pod["metadata"]["labels"] == {"sidecar.dev/injected": "true"}
    assert [one["name"] for one in spec["initContainers"]] == ["sidecar"]
    assert [one["name"] for one in spec["containers"]] == ["app"]
    assert spec["volumes"][0]["configMap"]["name"] == config_map["metadata"]["name"]
    assert spec["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 10}}
    assert "native sidecar on port 15080 before app:80" in said


def test_it_joins_what_is_there():
    pod, _, _ = injected("initContainers: [{name: i}]\n  volumes:\n  - name: v")
    assert [one["name"] for one in pod["spec"]["initContainers"]] == ["sidecar", "i"]
    names = [one["name"] for one in pod["spec"]["volumes"]]
    assert names == ["sidecar-config", "sidecar-tmp", "v"]


def test_as_one_of_the_containers_it_is_the_last():
    pod, _, _ = injected(options=Options(native=False))
    assert [one["name"] for one in pod["spec"]["containers"]] == ["app", "sidecar"]
    assert "initContainers" not in pod["spec"]


@pytest.mark.parametrize(
    ("container", "hook", "said"),
    [
        (
            "lifecycle: {postStart: {sleep: {seconds: 1}}}",
            {"sleep": {"seconds": 10}},
            "waits 10 s",
        ),
        (
            "lifecycle: {preStop: {sleep: {seconds: 3}}}",
            {"sleep": {"seconds": 3}},
            "hook of its own",
        ),
    ],
)
def test_hooks_that_are_there_stay(container, hook, said):
    pod, _, notes = injected(container=container)
    assert pod["spec"]["containers"][0]["lifecycle"]["preStop"] == hook
    assert said in notes


def test_the_others_wait_as_long_as_the_application():
    """A web server in one container, what answers its questions in the other."""
    given = POD % ("nodeName: x", "tty: true") + (
        "  - {name: fpm, image: fpm}\n"
        "  - {name: log, image: log, lifecycle: {preStop: {exec: {command: [flush]}}}}\n"
    )
    done = inject([given], USUAL)
    spec = next(yaml.safe_load_all(done.texts[0]))["spec"]
    hooks = [one["lifecycle"]["preStop"] for one in spec["containers"]]
    wait = {"sleep": {"seconds": 10}}
    assert hooks == [wait, wait, {"exec": {"command": ["flush"]}}]
    said = " ".join(map(str, done.notes.found))
    assert "fpm waits 10 s before it ends, as long as app" in said
    assert "hook of its own" not in said


@pytest.mark.parametrize(
    ("labels", "expected", "warned"),
    [
        ("*l", {"app": "a"}, True),
        ("{<<: *l, b: c}", {"app": "a", "b": "c", pod.LABEL: "true"}, False),
    ],
)
def test_labels_behind_an_alias(labels, expected, warned):
    given = POD.replace("{name: a}", f"{{name: a, labels: {labels}}}")
    done = inject([f"x: &l {{app: a}}\n{given % ('tty: true', 'tty: true')}"], USUAL)
    found = next(yaml.safe_load_all(done.texts[0]))
    assert found["metadata"]["labels"] == expected
    said = " ".join(map(str, done.notes.found))
    assert ("behind an alias" in said) == warned


@pytest.mark.parametrize(
    ("spec", "options", "grace"),
    [
        ("nodeName: x", Options(), None),
        ("terminationGracePeriodSeconds: 60", Options(), 60),
        ("terminationGracePeriodSeconds: 5", Options(), 30),
        ("nodeName: x", Options(wait=30), 50),
        ("nodeName: x", Options(drain=33), 48),
    ],
)
def test_the_pod_has_time_to_end(spec, options, grace):
    pod, _, _ = injected(spec, options=options)
    assert pod["spec"].get("terminationGracePeriodSeconds") == grace
