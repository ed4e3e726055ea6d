"""One request, one line of JSON, whatever is in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.access_line import (
    LINE,
    REMEMBERED,
    REMEMBERED_LENGTH,
    SHORT,
    USUAL,
    JsonLine,
    Quoted,
    milliseconds,
)
from sidecar.units import Instant, Timestamp
from tests.telemetry.exchanges import finished, head, lasting
from tests.telemetry.straightforward_line import straightforward

NOW = Timestamp(1_763_780_130.25)
NONE: frozenset[bytes] = frozenset()


def rendered(exchange, **options):
    line = JsonLine(**{"redact": NONE} | options)(exchange, NOW)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LINE
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    return json.loads(line)


def test_keys_of_a_forwarded_request():
    request = head(target=b"/p?page=2&token=abc", user_agent=b"curl/8")
    assert rendered(finished(request=request, queue=0.001, connect=0.0005)) == {
        "timestamp": "2025-11-22T02:55:30.250Z",
        "method": "GET",
        "target": "/p?page=2&token=[redacted]",
        "route": "products",
        "status": 200,
        "duration_ms": 20.0,
        "bytes_in": 0,
        "bytes_out": 1000,
        "client": "192.0.2.7",
        "user_agent": "curl/8",
        "request_id": "0192f0c1-5b1e-7c3a-9a55-6a0c2f9d1e77",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "upstream": "default",
        "endpoint": "127.0.0.1:3000",
        "reused": True,
        "attempts": 1,
        "queue_ms": 1.0,
        "upstream_ms": 18.5,
        "overhead_ms": 0.5,
    }


@pytest.mark.parametrize(
    ("rule", "exchange", "key", "value"),
    [
        ("never asked: no upstream", finished(upstream=None), "upstream", None),
        ("never asked: no phases", finished(upstream=None), "upstream_ms", None),
        ("no error: no key", finished(), "error", None),
        ("an error", finished(error="upstream_timeout"), "error", "upstream_timeout"),
        ("its detail", finished(error="x", detail="after 30s"), "detail", "after 30s"),
        ("nobody to wait for", finished(), "waited_ms", None),
        ("a wait", finished(upstream=None, waited=0.25), "waited_ms", 250.0),
        ("which is not ours", lasting(1.02, waited=1.0), "overhead_ms", 2.0),
        ("no answer came", lasting(1.02, unanswered=1.0), "overhead_ms", 2.0),
        ("no endpoint yet", finished(endpoint=None), "endpoint", ""),
        ("no agent", finished(), "user_agent", ""),
        ("a new connection", finished(reused=False), "reused", False),
    ],
)
def test_keys_that_apply(rule, exchange, key, value):
    assert rendered(exchange).get(key) == value


def test_the_service_is_named():
    assert rendered(finished(), service='shop "1"')["service"] == 'shop "1"'


def test_a_field_that_the_file_redacts_is_not_shown():
    exchange = finished(request=head(user_agent=b"canary"))
    line = rendered(exchange, redact=frozenset({b"user-agent"}))
    assert line["user_agent"] == "[redacted]"


HOSTILE = [
    ("a line break", b'x\r\n{"status":200}'),
    ("an escape sequence", b"\x1b]0;owned\x07\x1b[31m"),
    ("NUL and DEL", b"\x00\x7f"),
    ("a way out of the string", b'","status":1,"x":"\\'),
    ("not UTF-8", b"caf\xe9 \xed\xa0\x80 \xff"),
    ("C1 controls", "\x85\x9b31m".encode()),
    ("line separators", "a\u2028b\u2029".encode()),
    ("a million bytes", b"A" * 1_000_000),
    ("a million that grow", b"\x01" * 1_000_000),
]


def saying(said, request):
    """An exchange with the same text in each of its fields."""
    return finished(
        request,
        route=said,
        client=said,
        id=said.encode("utf-8", "surrogatepass"),
        upstream=said,
        endpoint=said,
        error=said,
        detail=said,
    )


@pytest.mark.parametrize(("rule", "value"), HOSTILE)
def test_hostile_bytes_in_every_field(rule, value):
    said = value.decode("utf-8", "surrogateescape")
    line = rendered(
        saying(said, head(method=value, target=b"/?a=" + value, user_agent=value)),
        service=said,
    )
    assert line["status"] == 200
    assert line["target"].startswith("/?a=" + line["user_agent"][:5])


ANY = st.text(st.characters(), max_size=3000)


@given(st.binary(max_size=9000), st.binary(max_size=9000), ANY, ANY)
def test_any_bytes_make_one_short_valid_line(target, agent, detail, client):
    request = head(target=target, user_agent=agent)
    rendered(finished(request=request, error="x", detail=detail, client=client))


def test_the_widest_of_everything_still_fits():
    wide = "\U0001f600" * 5000
    grown = b"\x01" * 5000
    exchange = saying(wide, head(grown, grown, user_agent=grown))
    exchange.started = Instant(-1e9)
    exchange.sent = exchange.received = 10**18
    rendered(exchange, service=wide)


def test_the_second_is_rendered_anew_when_it_passes():
    line = JsonLine(redact=NONE)
    stamps = [
        json.loads(line(finished(), Timestamp(at)))["timestamp"]
        for at in (0.0, 0.999, 1.5, 0.5)
    ]
    assert stamps == [
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.999Z",
        "1970-01-01T00:00:01.500Z",
        "1970-01-01T00:00:00.500Z",
    ]


SECONDS = st.floats(min_value=0.0, max_value=1e7)
SOME = st.none() | SECONDS
NAME = st.sampled_from(["", "default", "192.0.2.7", 'a "route"']) | st.text(
    max_size=200
)
EXCHANGES = st.builds(
    finished,
    request=st.builds(
        head,
        method=st.sampled_from([b"GET", b"POST"]) | st.binary(max_size=200),
        target=st.sampled_from([b"/", b"/a?b=c&token=d"]) | st.binary(max_size=3000),
        user_agent=st.sampled_from([b"", b"curl/8"]) | st.binary(max_size=600),
    ),
    route=NAME,
    client=NAME,
    id=st.binary(max_size=200),
    ended=st.floats(min_value=100.0, max_value=1e7).map(Instant),
    status=st.integers(100, 599),
    error=st.none() | NAME,
    detail=NAME,
    received=st.integers(0, 1 << 63),
    sent=st.integers(0, 1 << 63),
    upstream=st.none() | NAME,
    endpoint=st.none() | NAME,
    reused=st.booleans(),
    attempts=st.integers(0, 5),
    waited=SECONDS,
    queue=SOME,
    connect=SOME,
    unanswered=SECONDS,
    first_byte=SOME,
    body=SOME,
)
LINES = JsonLine(redact=NONE)


@given(EXCHANGES, st.floats(min_value=0.0, max_value=4e9))
def test_a_quick_line_is_the_straightforward_one(exchange, now):
    expected = straightforward(exchange, now, USUAL)
    if len(expected) > LINE:
        expected = straightforward(exchange, now, SHORT)
    # The second time by what is remembered of the first.
    for _ in range(2):
        assert LINES(exchange, Timestamp(now)) == expected


@given(
    st.floats(min_value=0.0)
    | st.integers(0, 1 << 40).map(lambda half: half / 2e6)
    | st.sampled_from([-1.5, float("nan")])
)
def test_milliseconds_have_three_decimals(seconds):
    assert milliseconds(seconds) == f"{seconds * 1000:.3f}"


def test_what_is_remembered_is_bounded():
    quoted = Quoted(1000)
    for number in range(2 * REMEMBERED):
        assert quoted.of(b"%d" % number) == f'"{number}"'
    long = "x" * (REMEMBERED_LENGTH + 1)
    assert quoted.of(long) == f'"{long}"'
    assert len(quoted._known) <= REMEMBERED
    assert long not in quoted._known
