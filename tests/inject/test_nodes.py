from typing import Any

import pytest

from sidecar.inject.nodes import Tree, UnreadableError, child, items
from tests.inject.parsed import first

TEXT = """\
a: &x
  b: |
    one

    two

# a comment
c: *x
d: [1, {e: f}]
g:
h:
- i
- j: >+
    k

l: "m"
"""
ROOT = first(TEXT)


def test_what_is_behind_an_alias_is_not_given_out():
    assert child(ROOT, "c") is None
    assert items(first("- &a {b: c}\n- d: [*a, 1]\n"))[1:]
    inner = first("x: &a 1\ny: [*a, 2]\n")
    assert [one.value for one in items(inner, "y")] == ["2"]


@pytest.mark.parametrize(
    ("path", "line"),
    [(("a",), 4), (("a", "b"), 4), (("d",), 8), (("h",), 14), (("l",), 15)],
)
def test_the_last_line_of_a_value(path, line):
    tree = Tree(TEXT)
    value: Any = child(tree.documents[0], *path)
    assert tree.last_line(value) == line


def test_the_outermost_braces():
    tree = Tree(TEXT)
    inner = items(tree.documents[0], "d")[1]
    assert tree.outermost_flow(inner) is child(tree.documents[0], "d")
    block: Any = child(tree.documents[0], "a")
    assert tree.outermost_flow(block) is None


def test_documents():
    assert len(Tree("---\na: 1\n---\n---\nb: 2\n").documents) == 3
    assert Tree("").documents == []


@pytest.mark.parametrize("broken", ["a: [", "a: b: c", "\ta: 1", "a: *nowhere"])
def test_what_is_not_yaml(broken):
    with pytest.raises(UnreadableError):
        Tree(broken)
