"""Each row is bytes of a backend, put through httptools and the gate together."""

from itertools import pairwise

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ResponseInvalid
from sidecar.semantics.message import ResponseHead
from sidecar.upstream.gate import (
    LONGEST_FIELD,
    LONGEST_HEAD,
    MOST_FIELDS,
    inspect,
    is_well_formed,
)


class Upstream:
    """httptools and the gate, as an upstream connection puts them together."""

    def __init__(self, method=b"GET"):
        self.verdict: ResponseHead | ResponseInvalid | None = None
        self.body = b""
        self.complete = False
        self._method = method
        self._parser = httptools.HttpResponseParser(self)
        self._reason = b""
        self._fields = []
        self._seen = b""

    def feed(self, data: bytes) -> None:
        self._seen += data
        if self.verdict is None and self._seen and not is_well_formed(self._seen):
            self.verdict = ResponseInvalid("no status line")
        if isinstance(self.verdict, ResponseInvalid) or self.complete:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError:
            if not self.complete:
                self.verdict = ResponseInvalid("parser")

    def on_status(self, reason):
        self._reason += reason

    def on_header(self, name, value):
        if self.verdict is None:
            self._fields.append((name, value))

    def on_headers_complete(self):
        parser = self._parser
        self.verdict = inspect(
            parser.get_status_code(),
            self._reason,
            parser.get_http_version(),
            self._fields,
            method=self._method,
        )

    def on_body(self, data):
        self.body += data

    def on_message_complete(self):
        self.complete = True


def judge(raw, cuts=(), method=b"GET"):
    upstream = Upstream(method)
    for start, end in pairwise([0, *cuts, len(raw)]):
        upstream.feed(raw[start:end])
    return upstream


def reply(*lines, start=b"HTTP/1.1 200 OK", body=b"hi", length=b"Content-Length: 2"):
    return b"\r\n".join([start, *([length] if length else []), *lines, b"", body])


CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"2\r\nhi\r\n0\r\n\r\n"


# fmt: off
INVALID = [
    *[(f"RS1 field {line!r}", reply(line)) for line in (b"X: y\rz", b"X: \ry", b"X: y\r", b"X: y\nz: w", b"X: y\r\r", b"X: y\x00", b"X: \x00", b"X: \x01", b"X: y\x08", b"X: y\x0bz", b"X: \x1b[0m", b"X: \x7f", b"X\x00: y", b"X\x01: y", b"X\x7f: y", b"X\xff: y", b"X\rY: z", b"X\nY: z", b"X : y", b"X\t: y", b" X: y", b"\tX: y", b"X y: z", b": y", b"X", b"X(: y", b"X: y\r\n z", b"X: y\r\n\tz", b"X:\r\n z", b"X: y\r\n ")],
    *[(f"RS1 reason {reason!r}", reply(start=b"HTTP/1.1 200 " + reason)) for reason in (b"O\x00K", b"\x00", b"O\x01K", b"O\x7fK", b"O\rK", b"O\nK", b"OK\r", b"OK\n", b"OK\x0b", b"\x1b[0m")],
    ("RS1 bare LF everywhere", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"),
    ("RS1 bare LF after the status line", b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nhi"),
    ("RS1 bare LF at the end", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nhi"),
    ("RS1 first line folded", b"HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\nhi"),
    *[(f"RS2 CL{value!r}", reply(length=b"Content-Length" + value)) for value in (b": +2", b": -1", b": -2", b": 02", b": 2, 3", b": 2, 2", b": 2,2", b": 2x", b": 2 2", b": 0x2", b": 2.0", b':"2"', b":", b": ", b": two", b": \xd9\xa2", b": 2\x00", b" : 2", b":\r\n 2", b": 2\r\nContent-Length: 2", b": 2\r\nContent-Length: 3", b": 2\r\nContent-Length:", b": 9223372036854775808", b": 18446744073709551615", b": 18446744073709551618")],
    *[(f"RS2 TE{value!r}", reply(length=b"Transfer-Encoding" + value, body=CHUNKS)) for value in (b": xchunked", b": chunkedx", b": gzip", b": gzip, chunked", b": identity", b": identity, chunked", b": chunked, identity", b": chunked, chunked", b": ,chunked", b": chunked,", b": chunked;q=1", b': "chunked"', b": cow", b":", b": ", b": chun ked", b": chunked\t", b": chunked \t", b": \tchunked\t", b": \x0bchunked", b": chunked\x00", b": \xa0chunked", b" : chunked", b":\r\n chunked", b": chunked\r\n ", b": chunked\r\nTransfer-Encoding: chunked", b": chunked\r\nTransfer-Encoding: gzip", b": gzip\r\nTransfer-Encoding: chunked", b": chunked\r\nTransfer-Encoding:", b": chunked\r\ntransfer-encoding: identity")],
    ("RS2 CL and TE", reply(CHUNKED, body=CHUNKS)),
    ("RS2 TE and CL", reply(b"Content-Length: 2", length=CHUNKED, body=CHUNKS)),
    ("RS2 CL and TE of another coding", reply(b"Transfer-Encoding: gzip", body=CHUNKS)),
    ("RS2 CL and TE, not modified", reply(CHUNKED, start=b"HTTP/1.1 304 X", body=b"")),
    ("RS2 TE in HTTP/1.0", reply(start=b"HTTP/1.0 200 OK", length=CHUNKED, body=CHUNKS)),
    ("RS2 bad CL, no content", reply(start=b"HTTP/1.1 204 X", length=b"Content-Length: 1, 1", body=b"")),
    *[(f"RS3 status {status!r}", reply(start=b"HTTP/1.1 " + status + b" X")) for status in (b"99", b"099", b"000", b"001", b"1000", b"2000", b"600", b"999", b"abc", b"20x", b"2", b"", b"-20", b"+20", b"2 0", b" 200", b"2.0", b"\xb2\xb2\xb2", b"0200")],
    *[(f"RS3 version {version!r}", reply(start=version + b" 200 OK")) for version in (b"HTTP/9.9", b"HTTP/2.0", b"HTTP/2", b"HTTP/3.0", b"HTTP/1.2", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/0.9", b"HTTP/1", b"HTTP/1,1", b"HTTP", b"http/1.1", b"Http/1.1", b"HTTPS/1.1", b"RTSP/1.0", b"ICE/1.0", b"ICY", b"SSH-2.0", b"", b" HTTP/1.1", b"\x00HTTP/1.1")],
    ("RS3 HTAB for a space", reply(start=b"HTTP/1.1\t200\tOK")),
    ("RS3 no head at all", b"<html>hello</html>"),
    ("RS3 no head, one line", b"hello\r\n\r\n"),
    ("RS3 head without status line", b"Content-Length: 2\r\n\r\nhi"),
    ("RS3 a request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("RS3 TLS", b"\x15\x03\x03\x00\x02\x02\x28"),
    ("RS3 empty lines before", b"\r\n\r\n" + reply()),
    ("RS3 empty line before", b"\r\n" + reply()),
    ("RS3 LF before", b"\n" + reply()),
    ("RS6 header of 1 MB", reply(b"X: " + b"a" * 1_000_000)),
    ("RS6 5,000 headers", reply(*[b"X: y"] * 5000)),
    ("RS6 one field too many", reply(*[b"X: y"] * MOST_FIELDS)),
    ("RS6 field above the limit", reply(b"X: " + b"a" * (LONGEST_FIELD - 2))),
    ("RS6 name above the limit", reply(b"X" * LONGEST_FIELD + b":")),
    ("RS6 head above the limit", reply(*[b"X: " + b"a" * 60_000] * 5)),
    ("SM12 chunk size", reply(length=CHUNKED, body=b"0x2\r\nhi\r\n0\r\n\r\n")),
    ("SM12 chunk size above the range", reply(length=CHUNKED, body=b"10000000000000002\r\nhi\r\n0\r\n\r\n")),
    ("SM13 chunk line", reply(length=CHUNKED, body=b"2\nhi\r\n0\r\n\r\n")),
    ("SM13 chunk data that spills", reply(length=CHUNKED, body=b"2\r\nhiX\r\n0\r\n\r\n")),
]

VALID = [
    ("usual", reply(), {"status": 200, "reason": b"OK", "minor": 1, "content_length": 2, "until_close": False, "bodiless": False}),
    ("no reason", reply(start=b"HTTP/1.1 200 "), {"reason": b""}),
    ("no reason and no space", reply(start=b"HTTP/1.1 200"), {"reason": b""}),
    ("long reason", reply(start=b"HTTP/1.1 404 Not Found at all"), {"status": 404, "reason": b"Not Found at all"}),
    ("HTAB in a reason", reply(start=b"HTTP/1.1 200 O\tK"), {"reason": b"O\tK"}),
    ("raw bytes in a reason", reply(start=b"HTTP/1.1 200 tr\xe8s bien"), {"reason": b"tr\xe8s bien"}),
    *[(f"status {status}", reply(start=b"HTTP/1.1 %d X" % status), {"status": status}) for status in (200, 201, 205, 206, 226, 299, 301, 400, 418, 429, 499, 500, 503, 599)],
    ("HTTP/1.0", reply(start=b"HTTP/1.0 200 OK"), {"minor": 0, "content_length": 2}),
    ("HTTP/1.0 until close", reply(start=b"HTTP/1.0 200 OK", length=b""), {"until_close": True}),
    ("until close", reply(length=b""), {"until_close": True, "content_length": None, "chunked": False}),
    ("length 0", reply(length=b"Content-Length: 0", body=b""), {"content_length": 0, "until_close": False}),
    ("length with whitespace", reply(length=b"Content-Length:\t 2 \t"), {"content_length": 2}),
    ("chunked", reply(length=CHUNKED, body=CHUNKS), {"chunked": True, "until_close": False}),
    ("chunked in capitals", reply(length=b"TRANSFER-ENCODING: Chunked", body=CHUNKS), {"chunked": True}),
    ("chunked with spaces", reply(length=b"Transfer-Encoding:   chunked  ", body=CHUNKS), {"chunked": True}),
    ("chunked with trailers", reply(length=CHUNKED, body=b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"), {"values": {b"transfer-encoding": b"chunked"}}),
    ("chunked with extension", reply(length=CHUNKED, body=b"2;a=b\r\nhi\r\n0\r\n\r\n"), {"chunked": True}),
    ("no content", reply(start=b"HTTP/1.1 204 X", length=b"", body=b""), {"bodiless": True, "until_close": False}),
    ("no content, length 0", reply(start=b"HTTP/1.1 204 X", length=b"Content-Length: 0", body=b""), {"bodiless": True, "content_length": 0}),
    ("not modified", reply(start=b"HTTP/1.1 304 X", length=b"", body=b""), {"bodiless": True}),
    ("not modified, length of the 200", reply(start=b"HTTP/1.1 304 X", body=b""), {"bodiless": True, "content_length": 2}),
    ("continue", reply(start=b"HTTP/1.1 100 Continue", length=b"", body=b""), {"status": 100, "bodiless": True}),
    ("early hints", reply(b"Link: </a>; rel=preload", start=b"HTTP/1.1 103 Early Hints", length=b"", body=b""), {"bodiless": True}),
    ("switching", reply(b"Upgrade: websocket", b"Connection: Upgrade", start=b"HTTP/1.1 101 X", length=b"", body=b"raw"), {"status": 101, "bodiless": True}),
    ("Set-Cookie in order", reply(b"Set-Cookie: b=1", b"X: y", b"set-cookie: a=2, c"), {"fields": [(b"Content-Length", b"2"), (b"Set-Cookie", b"b=1"), (b"X", b"y"), (b"set-cookie", b"a=2, c")]}),
    ("repeated", reply(b"Vary: a", b"vary: b"), {"values": {b"content-length": b"2", b"vary": b"a, b"}}),
    ("empty value", reply(b"X:", b"Y:  "), {"values": {b"content-length": b"2", b"x": b"", b"y": b""}}),
    ("whitespace around", reply(b"X: \t y z \t"), {"values": {b"content-length": b"2", b"x": b"y z"}}),
    ("raw bytes in a value", reply(b"Location: /caf\xe9"), {"values": {b"content-length": b"2", b"location": b"/caf\xe9"}}),
    ("underscores", reply(b"X_Y: z"), {"values": {b"content-length": b"2", b"x_y": b"z"}}),
    ("every tchar in a name", reply(b"!#$%&'*+-.^`|~09azAZ: y"), {"status": 200}),
    ("RS6 9 KB header", reply(b"X: " + b"a" * 9000), {"status": 200}),
    ("RS6 field at the limit", reply(b"X: " + b"a" * (LONGEST_FIELD - 3)), {"status": 200}),
    ("RS6 most fields", reply(*[b"X: y"] * (MOST_FIELDS - 1)), {"status": 200}),
    ("RS6 head at the limit", reply(*[b"X: " + b"a" * 65531] * 3, b"Y: " + b"a" * (LONGEST_HEAD - 2 - 19 - 3 * 65536 - 5)), {"status": 200}),
]
# fmt: on


@pytest.mark.parametrize(("rule", "raw"), INVALID, ids=[row[0] for row in INVALID])
def test_refuses(rule, raw):
    assert isinstance(judge(raw).verdict, ResponseInvalid)


@pytest.mark.parametrize(("rule", "raw"), INVALID, ids=[row[0] for row in INVALID])
def test_refuses_however_it_arrives(rule, raw):
    step = 1 if len(raw) < 1000 else 997
    assert isinstance(judge(raw, range(step, len(raw), step)).verdict, ResponseInvalid)


def facts(head, names):
    return {name: getattr(head, name) for name in names}


@pytest.mark.parametrize(
    ("rule", "raw", "expected"), VALID, ids=[row[0] for row in VALID]
)
def test_passes(rule, raw, expected):
    step = 1 if len(raw) < 1000 else 997
    for cuts in ((), range(step, len(raw), step)):
        upstream = judge(raw, cuts)
        assert isinstance(upstream.verdict, ResponseHead)
        assert facts(upstream.verdict, expected) == expected


@pytest.mark.parametrize(
    ("rule", "raw", "expected"), VALID, ids=[row[0] for row in VALID]
)
def test_what_passes_is_framed_as_the_parser_frames_it(rule, raw, expected):
    upstream = judge(raw)
    head = upstream.verdict
    assert isinstance(head, ResponseHead)
    if head.until_close:
        assert not upstream.complete
    if head.bodiless or head.content_length == 0:
        assert upstream.body == b""
    elif head.status != 101:
        assert upstream.body == b"hi"


@pytest.mark.parametrize(
    ("rule", "raw", "expected"), VALID, ids=[row[0] for row in VALID]
)
def test_what_passes_reads_the_same_to_another_parser(rule, raw, expected):
    head = judge(raw).verdict
    assert isinstance(head, ResponseHead)
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    client.send(
        h11.Request(
            method="GET",
            target="/",
            headers=[
                ("Host", "a"),
                ("Connection", "upgrade"),
                ("Upgrade", "websocket"),
            ],
        )
    )
    client.send(h11.EndOfMessage())
    lines = b"".join(b"%b: %b\r\n" % line for line in head.fields)
    client.receive_data(
        b"HTTP/1.%d %d %b\r\n%b\r\n" % (head.minor, head.status, head.reason, lines)
    )
    response = client.next_event()
    assert isinstance(response, h11.Response | h11.InformationalResponse)
    assert (response.status_code, response.reason) == (head.status, head.reason)
    assert len(response.headers) == len(head.fields)


@pytest.mark.parametrize(
    ("rule", "method", "bodiless"),
    [
        ("HEAD has none", b"HEAD", True),
        ("GET has one", b"GET", False),
        ("heads are for HEAD only", b"head", False),
    ],
)
def test_the_body_of_a_response_to(rule, method, bodiless):
    head = inspect(200, b"OK", "1.1", [(b"Content-Length", b"5")], method=method)
    assert isinstance(head, ResponseHead)
    assert (head.bodiless, head.content_length) == (bodiless, 5)


names = st.sampled_from(
    [
        b"Content-Length",
        b"Transfer-Encoding",
        b"Connection",
        b"X",
        b"Set-Cookie",
        b"X\n",
    ]
)
field_values = st.one_of(
    st.sampled_from([b"a", b"5", b"chunked", b""]), st.binary(max_size=20)
)


@given(
    status=st.integers(-1, 1001),
    reason=st.binary(max_size=5),
    version=st.sampled_from(["1.1", "1.0", "2.0", ""]),
    fields=st.lists(st.tuples(names, field_values), max_size=6),
)
def test_never_raises_and_never_lets_a_line_end_pass(status, reason, version, fields):
    verdict = inspect(status, reason, version, fields, method=b"GET")
    if isinstance(verdict, ResponseHead):
        written = (
            verdict.reason
            + b"".join(n + v for n, v in verdict.fields)
            + b"".join(verdict.values.values())
        )
        assert not {*b"\r\n\0"} & {*written}
        assert 100 <= verdict.status <= 599
        assert not (verdict.chunked and verdict.content_length is not None)
    else:
        assert isinstance(verdict, ResponseInvalid)


@pytest.mark.parametrize(
    ("rule", "raw", "expected"),
    [
        ("the beginning of a beginning", b"H", True),
        ("a status line", b"HTTP/1.1 200 OK\r\n", True),
        ("empty line", b"\r\n", False),
        ("LF", b"\nHTTP/1.1", False),
        ("RTSP", b"RTSP/1.0 200", False),
        ("ICE", b"I", False),
        ("nothing", b"", False),
    ],
)
def test_is_well_formed(rule, raw, expected):
    assert is_well_formed(raw) is expected
