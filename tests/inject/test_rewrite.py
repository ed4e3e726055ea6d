from pathlib import Path

import pytest
import yaml

from sidecar.inject.errors import UnreadableError
from sidecar.inject.marks import undone
from sidecar.inject.options import Options, Outcome
from sidecar.inject.rewrite import MAX_CHARACTERS, inject

FOLDER = Path(__file__).parents[1] / "data" / "manifests"
FILES = sorted(FOLDER.rglob("*.yaml"))
# What has no workload, or none that shows a port.
WITHOUT = {"frontend-service.yaml", "vllm-service.yaml", "vllm-deployment.yaml"}
MODES = [Options(), Options(native=False), Options(kubernetes=(1, 28), wait=45)]


def read(file):
    return file.read_bytes().decode()


@pytest.mark.parametrize("options", MODES, ids=["native", "container", "old"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_manifests_of_others(file, options):
    """In, in again, and out: to the byte."""
    before = read(file)
    done = inject([before], options)
    assert bool(done.notes.injected) == (file.name not in WITHOUT)
    assert (done.texts[0] == before) == (file.name in WITHOUT)
    assert inject(done.texts, options).texts == done.texts
    assert undone(done.texts[0]) == before
    was, now = list(yaml.safe_load_all(before)), list(yaml.safe_load_all(done.texts[0]))
    assert len(now) >= len(was)
    assert comments(before) <= comments(undone(done.texts[0]))


def comments(text):
    return {line.strip() for line in text.splitlines() if line.strip().startswith("#")}


def test_workload_and_service_in_two_files():
    texts = [
        read(FOLDER / "kubernetes" / f"vllm-{part}.yaml")
        for part in ("deployment", "service")
    ]
    done = inject(texts, Options())
    assert done.notes.injected == 1
    assert "targetPort: 15080" in done.texts[1]
    assert [undone(text) for text in done.texts] == texts


def test_other_options_replace_the_earlier_ones():
    text = read(FOLDER / "kubernetes" / "frontend-deployment.yaml")
    first = inject([text], Options(image="sidecar:1", wait=60))
    second = inject(first.texts, Options(image="sidecar:2"))
    assert second.texts == inject([text], Options(image="sidecar:2")).texts


ODD = {
    "line ends of Windows": 'services:\r\n  web:\r\n    image: x\r\n    ports:\r\n      - "80:80"\r\n',
    "no last line end": 'services:\n  web:\n    image: x\n    ports: ["80:80"]',
    "a mark of byte order": '\ufeffservices:\n  web:\n    image: x\n    ports: ["80:80"]\n',
    "all in braces": 'services: {web: {image: x, ports: ["80:80"]}}',
    "a Pod in a list": (
        "kind: List\nitems:\n- kind: Pod\n  metadata: {name: q}\n  spec:\n    containers:\n"
        "    - image: y\n      name: x\n      ports:\n      - containerPort: 80\n"
    ),
    "a Pod that ends in text": (
        "kind: Pod\nspec:\n  containers:\n  - name: x\n    ports: [{containerPort: 80}]\n"
        "    args:\n    - |\n      hello\n\n  # the end\n"
    ),
    "labels and volumes without a value": (
        "kind: Pod\nmetadata:\n  labels:\nspec:\n  volumes: ~\n  containers:\n"
        "  - name: x\n    ports:\n    - containerPort: 80\n"
    ),
}


@pytest.mark.parametrize("rule", ODD)
def test_odd_ways_to_write(rule):
    done = inject([ODD[rule]], Options())
    assert done.notes.injected == 1
    assert list(yaml.safe_load_all(done.texts[0]))
    assert undone(done.texts[0]) == ODD[rule]
    ends = {line.endswith("\r\n") for line in done.texts[0].splitlines(keepends=True)}
    assert len(ends) == 1


def test_what_is_neither():
    done = inject(["a: 1\n"], Options())
    assert done.texts == ("a: 1\n",)
    assert done.notes.found[0].outcome is Outcome.LEFT


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n  "kind": "Pod"\n}', "give it as YAML"),
        ("a: [", "expected"),
        ("#" * (MAX_CHARACTERS + 1), "characters"),
    ],
)
def test_what_cannot_be_read(text, says):
    with pytest.raises(UnreadableError, match=says):
        inject([text], Options())


@pytest.mark.parametrize(
    ("second", "place"),
    [
        ("a: 1\nb: [", "b.yaml:2:5"),
        ("kind: Pod\nmetadata: {name: {{ x }}}\n", "b.yaml:2:18"),
        ("# sidecar-inject: begin\na: 1\n", "b.yaml:1:1"),
        ("# sidecar-inject: begin\nb: 1\n# sidecar-inject: end\na: [", "b.yaml:4:5"),
        ('{\n  "kind": "Pod"\n}', "b.yaml"),
    ],
)
def test_where_it_cannot_be_read(second, place):
    with pytest.raises(UnreadableError) as raised:
        inject(["kind: Pod\n", second], Options(), ["a.yaml", "b.yaml"])
    assert raised.value.place == place


def test_what_is_said_of_a_text_says_its_name():
    done = inject(["a: 1\n", "kind: Role\n"], Options(), ["a.yaml", "b.yaml"])
    said = [str(note) for note in done.notes.found]
    assert said[0].startswith("a.yaml: left alone: neither")
    assert said[1] == "b.yaml: left alone: it has no workload"


def test_a_configuration_may_not_hold_our_marks():
    with pytest.raises(UnreadableError):
        inject([""], Options(config="# sidecar-inject: begin\n"))


def test_a_compose_file_of_others_is_told_to_be_one():
    (note,) = inject(["include:\n  - web.yaml\n"], Options()).notes.found
    assert "give the files that it includes" in note.text
