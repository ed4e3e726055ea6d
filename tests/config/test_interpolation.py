import pytest

from sidecar.config.interpolation import Unresolved, interpolate

ENVIRON = {"A": "1", "EMPTY": "", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("rule", "given", "expected", "whole"),
    [
        ("nothing to replace", "a $ b", "a $ b", False),
        ("a whole value", "${A}", "1", True),
        ("a part", "x${A}y", "x1y", False),
        ("two", "${A}${A}", "11", False),
        ("default not used", "${A:-2}", "1", True),
        ("default for missing", "${B:-2}", "2", True),
        ("default for empty", "${EMPTY:-2}", "2", True),
        ("empty default", "${B:-}", "", True),
        ("empty is a value", "${EMPTY}", "", True),
        ("message not needed", "${A:?why}", "1", True),
        ("literal", "$${A}", "${A}", False),
        ("values are not replaced again", "${NESTED}", "${A}", True),
        ("default with a colon", "${B:-http://a:1}", "http://a:1", True),
    ],
)
def test_replaces(rule, given, expected, whole):
    replaced = interpolate(given, ENVIRON)
    assert (replaced.text, replaced.whole) == (expected, whole), rule


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("${B}", "the variable B is missing"),
        ("${B:?set it}", "the variable B is missing: set it"),
        ("${EMPTY:?set it}", "the variable EMPTY is missing: set it"),
        ("${EMPTY:?}", "the variable EMPTY is empty"),
        ("${}", "not a variable"),
        ("${1A}", "not a variable"),
        ("${A", "not a variable"),
        ("${A:+x}", "not a variable"),
    ],
)
def test_refuses(given, says):
    with pytest.raises(Unresolved, match=says.replace("$", r"\$")):
        interpolate(given, ENVIRON)


def test_values_cannot_grow_without_bound():
    with pytest.raises(Unresolved, match="longer"):
        interpolate("${BIG}" * 20, {"BIG": "x" * 100_000})
