from typing import Any

import pytest

from sidecar.inject.errors import UnreadableError
from sidecar.inject.nodes import Tree, child, items
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
    assert items(first("&a [*a]")) == []


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


@pytest.mark.parametrize(
    "tabbed",
    [
        "a: b\t# one\n",
        "a:\tb\n",
        'a: "b"\t\t# two\n',
        "a: [b,\tc]\t \n",
        "a: |\n  b\n  \tc\td\n",
        "a: b\t\r\n",
    ],
)
def test_tabs_that_other_readers_take(tabbed):
    tree = Tree(tabbed)
    assert tree.text == tabbed
    value: Any = child(tree.documents[0], "a")
    assert tabbed[value.start_mark.index] in 'b"[|'


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("a: 1\nb: [\n", 3, 1, "expected the node"),
        ("a: 1\n\tb: 1\n", 2, 1, "cannot start any token"),
        ("a: *b\n", 1, 4, "undefined alias"),
        ("a: 1\n{{- if b }}\nc: {{ d }}\n", 3, 1, "a template is rendered first"),
        ("a: {{ .b }}\n", 1, 4, "a template is rendered first"),
        ("a:\n- b: [{{ .c }}]\n", 2, 7, "a template is rendered first"),
    ],
)
def test_where_it_is_wrong(text, line, column, reason):
    with pytest.raises(UnreadableError, match=reason) as raised:
        Tree(text)
    assert (raised.value.line, raised.value.column) == (line, column)


@pytest.mark.parametrize(
    "broken",
    [
        "a: [",
        "a: b: c",
        "\ta: 1",
        "a: *nowhere",
        "[" * 3000,
        'a: "\\UFFFFFFFF"',
        "a: \x00",
    ],
)
def test_what_is_not_yaml(broken):
    with pytest.raises(UnreadableError):
        Tree(broken)
