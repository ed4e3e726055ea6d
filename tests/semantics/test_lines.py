"""Field lines that are read once, and which of them are plain."""

import pytest

from sidecar.semantics.hop_by_hop import Passing
from sidecar.semantics.lines import REMEMBERED, REMEMBERED_LENGTH, Lines, NotPlain


def lines() -> Lines:
    return Lines(Passing({b"connection"}, (b"x-sidecar-",)))


@pytest.mark.parametrize(
    ("rule", "line", "expected"),
    [
        (
            "as sent, in lower case, and passed on",
            b"Accept: */*",
            ((b"Accept", b"*/*"), (b"accept", b"*/*"), b"Accept: */*\r\n"),
        ),
        (
            "whitespace around a value is none of it",
            b"X-One: \t a b \t",
            ((b"X-One", b"a b"), (b"x-one", b"a b"), b"X-One: a b\r\n"),
        ),
        (
            "what ends at this hop",
            b"Connection: close",
            ((b"Connection", b"close"), (b"connection", b"close"), b""),
        ),
        (
            "by its prefix",
            b"X-Sidecar-A:",
            ((b"X-Sidecar-A", b""), (b"x-sidecar-a", b""), b""),
        ),
        ("obs-text", b"X: \xff", ((b"X", b"\xff"), (b"x", b"\xff"), b"X: \xff\r\n")),
    ],
)
def test_what_a_line_says(rule, line, expected):
    assert lines()[line] == expected


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no colon",
        b": no name",
        b" folded: 1",
        b"Space : 1",
        b"Caf\xc3\xa9: 1",
        b"Control: \x00",
        b"Bare: a\rb",
        b"Bare: a\nb",
        b"X_Under: 1",
        b"Proxy: http://evil",
        b"Host: a b",
    ],
)
def test_what_the_full_parser_is_to_judge(line):
    table = lines()
    with pytest.raises(NotPlain):
        table[line]
    assert not table


def test_a_line_is_remembered():
    table = lines()
    assert table[b"Accept: */*"] == table[b"Accept: */*"]
    assert list(table) == [b"Accept: */*"]


@pytest.mark.parametrize(
    "line",
    [
        b"Cookie: session=1",
        b"SET-COOKIE: a=1",
        b"authorization: Bearer a",
        b"X-Api-Key: a",
        b"traceparent: 00-1",
        b"Long: " + b"x" * REMEMBERED_LENGTH,
    ],
)
def test_secrets_and_what_does_not_come_again_are_not(line):
    table = lines()
    table[line]
    assert not table


def test_memory_is_bounded():
    table = lines()
    for number in range(3 * REMEMBERED):
        table[b"X: %d" % number]
        assert len(table) <= REMEMBERED
