import pytest

from sidecar.config.yaml_nodes import (
    MAX_BYTES,
    Position,
    Unreadable,
    composed,
    decoded,
    scalar,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("012", "012"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".nan", ".nan"),
        ("9" * 30, float("9" * 30)),
    ],
)
def test_scalars_are_those_of_yaml_1_2(given, expected):
    found = scalar(given)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("rule", "text", "line", "column", "says"),
    [
        ("tab as indent", "a:\n\tb: 1", 2, 1, "indented with spaces, not"),
        ("unclosed", "a: [1, 2", 1, 4, "did not find"),
        ("two documents", "a: 1\n---\nb: 2", 2, 1, "single document"),
        ("unknown alias", "a: *b", 1, 4, "undefined alias"),
        ("control character", "a: 1\nb: \x01", 2, 4, "not allowed"),
        ("deep", "[" * 100_000, 1, 40, "nested deeper"),
        ("deep mappings", "{a: " * 50_000, 1, 157, "nested deeper"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(rule, text, line, column, says):
    with pytest.raises(Unreadable, match=says) as caught:
        composed(text)
    assert caught.value.position == Position(line, column), rule


def test_bytes_are_bounded():
    with pytest.raises(Unreadable, match="larger than 8 MiB"):
        decoded(b" " * (MAX_BYTES + 1))


def test_only_utf_8_is_read():
    with pytest.raises(Unreadable, match="UTF-8") as caught:
        decoded(b"a: 1\nb: \xff")
    assert caught.value.position == Position(2, 4)


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert decoded(b"\xef\xbb\xbfa: 1") == "a: 1"
