import pytest

from sidecar.demo.table import added, cell, lines, size
from sidecar.demo.visit import Row, Seen

PLAIN = Seen("200", 0.0123, 1234, frozenset({"date", "server"}))
PROXIED = Seen(
    "200", 0.0135, 1234, frozenset({"date", "server", "via", "x-request-id"})
)
TIMED_OUT = Seen("504", 1.001, 180, frozenset({"date"}), "upstream_timeout")
HUNG = Seen("no answer", 3.0)


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("bytes below a thousand", 999, "999 B"),
        ("kilobytes above", 1234, "1.2 kB"),
        ("large", 250_000, "250.0 kB"),
    ],
)
def test_sizes(rule, given, expected):
    assert size(given) == expected


@pytest.mark.parametrize(
    ("rule", "direct", "through", "expected"),
    [
        ("fields that are new", PLAIN, PROXIED, "via, x-request-id"),
        ("nothing new", PLAIN, PLAIN, ""),
        ("an answer of ours", HUNG, TIMED_OUT, "problem+json, upstream_timeout"),
    ],
)
def test_what_was_added(rule, direct, through, expected):
    assert added(Row("GET /", direct, through)) == expected


def test_a_cell_without_content_has_no_size():
    assert cell(HUNG) == "no answer   3000 ms"
    assert cell(PLAIN) == "      200     12 ms    1.2 kB"


def test_columns_line_up():
    table = lines([Row("GET /", PLAIN, PROXIED), Row("GET /reports", HUNG, TIMED_OUT)])
    start = table[0].index("through")
    assert table[2][start:].lstrip().startswith("200")
    assert table[3][start:].lstrip().startswith("504")
    assert all(line == line.rstrip() for line in table)


def test_only_the_headings_are_bold():
    plain, bold = lines([]), lines([], bold=True)
    assert bold[0] == f"\x1b[1m{plain[0]}\x1b[0m"
    assert bold[1:] == plain[1:]
