from typing import Any

import pytest
import yaml

from sidecar.inject.editing import CannotEditError, Editing
from sidecar.inject.marks import undone
from sidecar.inject.nodes import Tree, child, items


def edited(text, change, *path):
    editing = Editing(Tree(text))
    change(editing, child(editing.documents[0], *path))
    done = editing.result()
    assert undone(done) == text
    return yaml.safe_load(done)


def first_item(node) -> Any:
    return items(node)[0]


def inner(editing) -> Any:
    return child(editing.documents[0], "a")


def adding(name, value, before=""):
    return lambda editing, node: editing.add(node, {name: value}, before)


def with_item(item, *, last=False):
    return lambda editing, node: editing.add_item(node, item, last=last)


@pytest.mark.parametrize(
    ("rule", "text", "path", "expected"),
    [
        ("in a block", "a:\n  b: 1\n  c: 2\n", ("a",), {"b": 1, "c": 2, "n": [1]}),
        ("in braces", "a: {b: 1}\n", ("a",), {"b": 1, "n": [1]}),
        ("in empty braces", "a: {}\n", ("a",), {"n": [1]}),
        (
            "in braces over lines",
            "a: {b: 1,\n    c: 2}",
            ("a",),
            {"b": 1, "c": 2, "n": [1]},
        ),
        ("after a dash", "- b: 1\n- c", (), None),
        ("to a key without a value", "a:\n  n:\n  b: 1\n", ("a",), {"n": [1], "b": 1}),
        ("to a key with null", "a: {n: null, b: 1}\n", ("a",), {"n": [1], "b": 1}),
        ("after lines", "a:\n - b: |\n    x\n\n", ("a",), None),
        ("without a last line end", "a:\n  b: 1", ("a",), {"b": 1, "n": [1]}),
    ],
)
def test_adding_an_entry(rule, text, path, expected):
    if expected is None:
        found = edited(
            text,
            lambda editing, node: editing.add(first_item(node), {"n": [1]}),
            *path,
        )
        first = found["a"][0] if isinstance(found, dict) else found[0]
        assert first["n"] == [1]
        assert "b" in first
    else:
        assert edited(text, adding("n", [1]), *path)["a"] == expected


def test_an_entry_stands_before_another_and_its_comment():
    editing = Editing(Tree("a: 1\n# of b\nb: 2\n"))
    root: Any = editing.documents[0]
    editing.add(root, {"new": 3}, before="b")
    assert editing.result().splitlines() == [
        "a: 1",
        "# sidecar-inject: begin",
        "new: 3",
        "# sidecar-inject: end",
        "# of b",
        "b: 2",
    ]


@pytest.mark.parametrize(
    ("text", "expected", "last"),
    [
        ("a:\n- 1\n- 2\n", [0, 1, 2], False),
        ("a:\n  - 1\n  - |\n    x\n\nb: 1\n", [1, "x\n", 0], True),
        ("a: [1]\n", [0, 1], False),
        ("a: []\n", [0], False),
    ],
)
def test_adding_an_item(text, expected, last):
    assert edited(text, with_item(0, last=last), "a")["a"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n- 1\n- b: 2\n  c: 3\n- 4\n", [1, 4]),
        ("a: [1, {b: 2}, 4]\n", [1, 4]),
        ("a:\n  -\n    1\n  -\n    2\n", [1]),
    ],
)
def test_removing_an_item(text, expected):
    def remove(editing, node):
        editing.remove_item(node, items(node)[1])

    assert edited(text, remove, "a")["a"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  b: 1\n  p:\n  - 1\n  - 2\n  c: 3\n", {"b": 1, "c": 3}),
        ("a: {b: 1, p: [1]}\n", {"b": 1, "p": []}),
        ("a:\n  b: 1\n", {"b": 1}),
    ],
)
def test_removing_an_entry(text, expected):
    def remove(editing, node):
        editing.remove(node, "p")

    assert edited(text, remove, "a")["a"] == expected


def test_replacing_a_value():
    def replace(editing, node):
        editing.replace(node, 9)

    assert edited('a: {b: "1", c: 2} # c\n', replace, "a", "b") == {
        "a": {"b": 9, "c": 2}
    }
    assert edited("a: 1 # one\nb: 2", replace, "a") == {"a": 9, "b": 2}


@pytest.mark.parametrize(
    "text", ["x: &x {n: 1}\na: {n: *x}\n", "a:\n  <<: {n: 1}\n  b: 2\n"]
)
def test_what_stands_behind_an_alias_is_refused(text):
    editing = Editing(Tree(text))
    with pytest.raises(CannotEditError):
        editing.add(inner(editing), {"n": 2})


CHANGES = {
    "replace": lambda editing, node: editing.replace(child(node, "p"), 9),
    "remove": lambda editing, node: editing.remove(node, "p"),
    "remove an item": lambda editing, node: editing.remove_item(node, first_item(node)),
}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("replace", "a: {p: &x 1}\nb: *x\n"),
        ("replace", "a:\n  p: &x 1\nb: [*x]\n"),
        ("remove", "a:\n  p: &x [1]\n  q: *x\n"),
        ("remove", "a:\n  p:\n  - &x 1\nq: {r: *x}\n"),
        ("remove an item", "a:\n- &x 1\n- *x\n"),
        ("remove an item", "a: [&x {n: 1}, {<<: *x}]\n"),
    ],
)
def test_what_others_repeat_by_an_alias_is_refused(change, text):
    editing = Editing(Tree(text))
    with pytest.raises(CannotEditError, match=r"\*x: edit it by hand"):
        CHANGES[change](editing, inner(editing))


def test_an_anchor_that_nobody_repeats_goes_with_its_value():
    text = "a:\n  p: &x 1\n  q: &xy 2\nb: *xy\nc: '*x'\n"
    assert edited(text, CHANGES["replace"], "a")["a"] == {"p": 9, "q": 2}


def test_going_back():
    editing = Editing(Tree("a: 1\n"))
    before = editing.checkpoint()
    editing.append({"b": 1})
    editing.rollback(before)
    assert editing.result() == "a: 1\n"
