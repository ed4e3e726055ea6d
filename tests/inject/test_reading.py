import pytest

from sidecar.inject.reading import has_entry, names, seen_items, text, texts
from tests.inject.parsed import first

ROOT = first("""\
a: &x
  b: |
    one

    two
  n: ~
  l: "m"
  s: [1, {e: f}]
c: *x
one: {<<: *x, l: own}
both: {<<: [{l: first, more: 1}, *x]}
deep: {<<: {<<: *x, s: []}}
""")


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("of its own", ("a", "b"), "one\n\ntwo\n"),
        ("quoted", ("a", "l"), "m"),
        ("a list", ("a", "s"), ""),
        ("null", ("a", "n"), ""),
        ("nothing", ("nowhere", "at", "all"), ""),
        ("behind an alias", ("c", "l"), "m"),
        ("merged", ("one", "b"), "one\n\ntwo\n"),
        ("before what is merged", ("one", "l"), "own"),
        ("merged twice, the first wins", ("both", "l"), "first"),
        ("merged into what is merged", ("deep", "l"), "m"),
        ("the merge is no entry", ("one", "<<"), ""),
    ],
)
def test_scalars_by_path(rule, path, expected):
    assert text(ROOT, *path) == expected


def test_lists():
    assert text(seen_items(ROOT, "c", "s")[1], "e") == "f"
    assert seen_items(ROOT, "deep", "s") == []
    assert seen_items(ROOT, "c", "l") == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a: {b: 1, c: [x], d: e}", {"b": "1", "d": "e"}),
        ("{x: &x {b: 1, c: 2}, a: {<<: *x, b: 3}}", {"b": "3", "c": "2"}),
        ("{x: &x {b: 1}, a: *x}", {"b": "1"}),
        ("b: 1", {}),
    ],
)
def test_mappings_of_scalars(given, expected):
    assert texts(first(given), "a") == expected


def test_names():
    assert names(ROOT, "both") == ["l", "more", "b", "n", "s"]
    assert names(ROOT, "a", "s") == ["1"]
    assert names(ROOT, "a", "l") == []


@pytest.mark.parametrize(
    ("name", "expected"), [("l", True), ("n", True), ("s", True), ("z", False)]
)
def test_whether_there_is_an_entry(name, expected):
    given = first("{x: &x {n: ~}, <<: {<<: *x, l: 1}, s: []}")
    assert has_entry(given, name) is expected


def test_a_mapping_that_is_merged_into_itself():
    assert text(first("a: &a {<<: *a, b: 1}"), "a", "b") == "1"
    assert text(first("a: &a {<<: *a}"), "a", "b") == ""
