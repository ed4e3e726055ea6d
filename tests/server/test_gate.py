"""Each row is bytes on the wire, put through a parser and the gate together.

What counts is the pair: what the parser of a door lets pass, the gate must refuse.
A row that no pair refuses would be a hole in that door.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import h11
import httptools
import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import RequestRefused
from sidecar.semantics.message import RequestHead
from sidecar.server.gate import Limits, diagnose, inspect, is_well_begun

LIMITS = Limits(head=2048, field=512, target=256, fields=20, body=10_000)
OK = 200


class Express:
    """httptools and the gate, as the express door puts them together."""

    def __init__(self):
        self.heads: list[RequestHead] = []
        self.refused: RequestRefused | None = None
        self.body = b""
        self._left = False
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        if self._left:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._left = True  # what follows, a body too, is no longer parsed

    def on_message_begin(self):
        self._target, self._fields = b"", []
        self._judged = False

    def on_url(self, target):
        self._target += target

    def on_header(self, name, value):
        if not self._judged:  # else a trailer
            self._fields.append((name, value))

    def on_headers_complete(self):
        self._judged = True
        parser = self._parser
        verdict = inspect(
            parser.get_method(),
            self._target,
            parser.get_http_version(),
            self._fields,
            LIMITS,
        )
        if isinstance(verdict, RequestHead):
            self.heads.append(verdict)
        else:
            self.refused = verdict

    def on_body(self, data):
        self.body += data


class Reference:
    """aiohttp's C parser and the gate, as the reference door puts them together."""

    def __init__(self):
        self.heads: list[RequestHead] = []
        self.refused: RequestRefused | None = None
        self.body = b""
        loop = asyncio.get_running_loop()
        self._parser = HttpRequestParser(
            BaseProtocol(loop),
            loop,
            2**16,
            max_line_size=4096,
            max_headers=64,
            max_field_size=4096,
            auto_decompress=False,
        )
        self._payloads = []

    def feed(self, data: bytes) -> None:
        messages, _, _ = self._parser.feed_data(data)
        for message, payload in messages:
            version = f"{message.version.major}.{message.version.minor}"
            target = message.path.encode("utf-8", "surrogateescape")
            verdict = inspect(
                message.method.encode(),
                target,
                version,
                list(message.raw_headers),
                LIMITS,
            )
            if isinstance(verdict, RequestHead):
                self.heads.append(verdict)
            elif self.refused is None:
                self.refused = verdict
            self._payloads.append(payload)
        for payload in self._payloads:
            if payload.exception() is not None:
                raise payload.exception()


@dataclass
class Verdict:
    status: int
    heads: list[RequestHead] = field(default_factory=list)


def judge(door: Express | Reference, segments: list[bytes]) -> Verdict:
    """What a door makes of these segments, one after the other."""
    seen = b""
    for segment in segments:
        seen += segment
        if not door.heads and not is_well_begun(seen):
            return Verdict(diagnose(seen, LIMITS).status)
        try:
            door.feed(segment)
        except Exception:  # noqa: BLE001 - every parser has its own tree
            refused = door.refused or diagnose(seen, LIMITS)
            return Verdict(refused.status, door.heads)
        if door.refused is not None:
            return Verdict(door.refused.status, door.heads)
        if not door.heads and len(seen) > LIMITS.head:
            return Verdict(diagnose(seen, LIMITS).status)
    return Verdict(OK, door.heads)


DOORS = pytest.mark.parametrize("door", [Express, Reference])


def get(
    *lines: bytes, target=b"/", host=b"Host: a", version=b"HTTP/1.1", method=b"GET"
):
    return b"\r\n".join(
        [
            b"%b %b %b" % (method, target, version),
            *([host] if host else []),
            *lines,
            b"",
            b"",
        ]
    )


def post(*lines: bytes, body=b"", version=b"HTTP/1.1"):
    return get(*lines, method=b"POST", version=version) + body


CHUNKED = b"Transfer-Encoding: chunked"
EMPTY_CHUNKS = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

# fmt: off
TRANSFER_ENCODINGS = [
    b": xchunked",
    b": chunkedx",
    b": chunked, identity",
    b": identity, chunked",
    b": identity",
    b": chunked, chunked",
    b": chunked,chunked",
    b": ,chunked",
    b": chunked,",
    b": chunked ,",
    b": , chunked",
    b": chunked;q=1",
    b": chunked; ext",
    b': "chunked"',
    b": 'chunked'",
    b": cow",
    b": chunked cow",
    b": chun ked",
    b":",
    b": ",
    b": \x0bchunked",
    b": \x0cchunked",
    b": \xa0chunked",
    b": \x85chunked",
    b": \xffchunked",
    b": \xef\xbb\xbfchunked",
    b": chunked\x00",
    b": chunked\x0b",
    b": chunked\r",
    b": chunked\xa0",
    b": =?utf-8?q?chunked?=",
    b": gzip",
    b": chunked, gzip",
    b": gzip, chunked, chunked",
    b": cow, chunked",
    b":\x00chunked",
    b": chunke\x00d",
    b": chunked\x7f",
    b" : chunked",
    b"\t: chunked",
    b"\x0b: chunked",
    b"\x00: chunked",
    b": x\r\nTransfer-Encoding: chunked",
    b": chunked\r\nTransfer-Encoding: chunked",
    b": chunked\r\nTransfer-Encoding: identity",
    b": chunked\r\nTransfer-Encoding:",
    b":\r\n chunked",
    b":\r\n\tchunked",
    b": chunked\r\n ",
    b": chunked\r\n x",
    b": x\nTransfer-Encoding: chunked",
    b": x\rTransfer-Encoding: chunked",
    b": \rchunked",
    b": chunked\n",
    b" chunked",
]

CONTENT_LENGTHS = [
    b": +5",
    b": -5",
    b": 005",
    b": 05",
    b": 00",
    b": 010",
    b": 0x5",
    b": 0_5",
    b": 5_0",
    b": 5e0",
    b": 5.0",
    b': "5"',
    b": 5Z",
    b": 5;",
    b": 5,5",
    b": 5, 5",
    b": 5,6",
    b": 0,5",
    b": 5,",
    b": ,5",
    b": 5 5",
    b":",
    b": ",
    b": 9223372036854775808",
    b": 18446744073709551615",
    b": 18446744073709551616",
    b": 18446744073709551621",
    b": 99999999999999999999999999999999999999999",
    b": \xd9\xa5",
    b": 5\x00",
    b": \x0b5",
    b": \x0c5",
    b": \xa05",
    b": 5\r",
    b": \r5",
    b": 5\n",
    b":\r\n 5",
    b": 5\r\n ",
    b": 5\r\n 0",
    b" 5",
    b" : 5",
    b"\t: 5",
    b": 5\r\nContent-Length: 5",
    b": 5\r\nContent-Length: 6",
    b": 0\r\nContent-Length: 5",
    b": 5\r\ncontent-length: 5",
    b": 5\r\nContent-Length:",
    b": five",
    b": 0b101",
    b": 5\x7f",
]

HOSTS = [
    b"",
    b" a, b",
    b" a,b",
    b" foo/bar",
    b" /",
    b" u@h",
    b" u:p@h",
    b" @h",
    b" a b",
    b" t:abc",
    b" t:",
    b" :80",
    b" t:99999",
    b" t:65536",
    b" t:-1",
    b" t:+80",
    b" t:8_0",
    b" t:80:80",
    b" t: 80",
    b" t?x",
    b" t?x=1",
    b" t#x",
    b" t\\x",
    b" http://t",
    b" t\x00",
    b" t\x01",
    b" t\x7f",
    b" [::1",
    b" ::1",
    b" []",
    b" [::1]x",
    b" [::1]:x",
    b" [::1%25eth0]",
    b" [::g]",
    b" [1.2.3.4]",
    b" [:::]",
    b" [v1.x]",
    b" b\xfccher.example",
    b" b\xc3\xbccher.example",
    b" \xef\xbc\xa1",
    b" a%41",
    b" a;b",
    b" a=b",
    b" (a)",
    b" <a>",
    b' "a"',
    b" a|b",
    b" a^b",
    b" " + b"a" * 256,
]

TARGETS = [
    b"*",
    b"x",
    b"x/y",
    b"?x",
    b"#x",
    b"//",
    b"@evil/x",
    b"\\\\evil",
    b"\\evil",
    b"ftp://a/",
    b"file:///etc/passwd",
    b"javascript:x",
    b"http:/a",
    b"http:a",
    b"http://",
    b"http:///x",
    b"http://?x",
    b"http://t@evil/",
    b"http://u:p@a/",
    b"http://a b/",
    b"http://a:99999/",
    b"http://a:x/",
    b"http://[::1/",
    b"http://a,b/",
    b"http://a%2f/",
    b"http://a\\b/",
    b"https://",
    b"ws://a/",
    b"/#fragment",
    b"/a#",
    b"http://a/#x",
    b"http://a#x",
    b"/\xff",
    b"/caf\xe9",
    b"/\xc3\xa9",
    b"/\x80",
    b"/\x00",
    b"/\x01",
    b"/\x0b",
    b"/\x0c",
    b"/\t",
    b"/\r",
    b"/\n",
    b"/\x7f",
    b"/a b",
    b"/ HTTP/1.1 x",
    b"/ HTTP/1.1\nX: y",
    b"",
]

VERSIONS = [
    (505, b"HTTP/0.9"),
    (505, b"HTTP/1.2"),
    (505, b"HTTP/1.9"),
    (505, b"HTTP/2.0"),
    (505, b"HTTP/2"),
    (505, b"HTTP/3.0"),
    (505, b"HTTP/9.9"),
    (505, b"HTTP/01.1"),
    (505, b"HTTP/1.10"),
    (400, b"HTTP/1.1x"),
    (400, b"HTTP/1.1 "),
    (400, b"HTTP/1.1\t"),
    (400, b"HTTP/1,1"),
    (400, b"HTTP/1."),
    (400, b"HTTP/.1"),
    (400, b"HTTP/-1.1"),
    (400, b"HTTP/+1.1"),
    (400, b"HTTP /1.1"),
    (400, b"http/1.1"),
    (400, b"Http/1.1"),
    (400, b"HTTP1.1"),
    (400, b"HTTPS/1.1"),
    (400, b"RTSP/1.0"),
    (400, b"ICE/1.0"),
    (400, b"HTTP/1.1\x00"),
    (400, b"HTTP/1.\xb9"),
    (400, b""),
]

FIELDS = [
    b" X: y",
    b"\tX: y",
    b"X : y",
    b"X\t: y",
    b"X",
    b"X y",
    b": y",
    b" : y",
    b"X\x00: y",
    b"X\x01: y",
    b"X\x7f: y",
    b"X\xff: y",
    b"X\xc3\xa9: y",
    b"X(: y",
    b"X/y: y",
    b"X[]: y",
    b"X,y: z",
    b'"X": y',
    b"X@y: z",
    b"X y: z",
    b"X: y\x00",
    b"X: \x00y",
    b"X: y\x01z",
    b"X: y\x08z",
    b"X: y\x0bz",
    b"X: y\x0cz",
    b"X: y\x1bz",
    b"X: y\x7fz",
    b"X: y\rz",
    b"X: \ry",
    b"X: y\r",
    b"X: y\nz: w",
    b"X: y\r\r",
    b"X: y\r\n z",
    b"X: y\r\n\tz",
    b"X:\r\n z",
    b"X: y\r\n ",
    b"X_y: z\x01",
    b"Proxy: z\x01",
    b"Host: a",
    b"Host: b",
    b"host: a",
    b"Host:",
    b" Host: b",
    b"Host : b",
    b"Host\t: b",
    b"Authorization: Basic YTph\r\nAuthorization: Basic Yjpi",
    b"Authorization: Basic YTph\r\nauthorization: Basic YTph",
    b"Proxy-Authorization: a\r\nProxy-Authorization: b",
    b"Content-Type: a/b\r\nContent-Type: c/d",
    b"Connection: Host",
    b"Connection: close, host",
    b"Connection: close\r\nConnection: Host",
    b"Connection: Content-Length",
    b"Connection: keep-alive, TRANSFER-ENCODING",
    b"Connection: " + b"," * 100,
    b"Connection: " + b"a," * 101 + b"Host",
]

ROWS = [
    *[(f"SM3 TE{te!r}", 400, post(b"Transfer-Encoding" + te, body=EMPTY_CHUNKS)) for te in TRANSFER_ENCODINGS],
    *[(f"SM3 TE{te!r} and CL", 400, post(b"Transfer-Encoding" + te, b"Content-Length: 5", body=EMPTY_CHUNKS)) for te in TRANSFER_ENCODINGS],
    ("SM3 known coding", 501, post(b"Transfer-Encoding: gzip, chunked", body=EMPTY_CHUNKS)),
    ("SM3 known coding, in two lines", 501, post(b"Transfer-Encoding: deflate", b"Transfer-Encoding: chunked", body=EMPTY_CHUNKS)),
    ("SM3 hidden in a value", 400, b"POST / HTTP/1.1\r\nHost: a\r\nFoo: bar\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("SM3 first line folded", 400, b"POST / HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n"),
    ("SM1 CL and TE", 400, post(b"Content-Length: 41", CHUNKED, body=EMPTY_CHUNKS + SMUGGLED)),
    ("SM2 TE and CL", 400, post(CHUNKED, b"Content-Length: 4", body=b"25\r\n" + SMUGGLED + b"\r\n0\r\n\r\n")),
    ("SM1 CL 0 and TE", 400, post(b"Content-Length: 0", CHUNKED, body=EMPTY_CHUNKS)),
    *[(f"SM4 CL{cl!r}", 400, post(b"Content-Length" + cl, body=b"hello")) for cl in CONTENT_LENGTHS],
    ("SM9 other expectation", 417, post(b"Content-Length: 5", b"Expect: 200-ok")),
    ("SM9 obfuscated", 417, post(b"Content-Length: 5", b"Expect: y 100-continue")),
    ("SM9 list of two", 417, post(b"Content-Length: 5", b"Expect: 100-continue, 100-continue")),
    ("SM9 two lines", 417, post(b"Content-Length: 5", b"Expect: 100-continue", b"Expect: 100-continue")),
    ("SM9 list with another", 417, post(b"Content-Length: 5", b"Expect: 100-continue, x")),
    ("SM9 empty", 417, post(b"Content-Length: 5", b"Expect:")),
    ("SM9 quoted", 417, post(b"Content-Length: 5", b'Expect: "100-continue"')),
    ("SM9 on GET", 417, get(b"Expect: x")),
    ("SM10 hidden Host, nominated", 400, get(b"Connection: Host", host=b"Host: foo/bar")),
    ("SM10 hidden length, nominated", 400, post(b"Connection: Content-Length", b"Content-Length: Z")),
    ("SM11 bare LF everywhere", 400, b"GET / HTTP/1.1\nHost: a\n\n"),
    ("SM11 bare LF after the request line", 400, b"GET / HTTP/1.1\nHost: a\r\n\r\n"),
    ("SM11 bare LF after a field", 400, b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    ("SM11 bare LF at the end", 400, b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
    ("SM11 bare LFs at the end", 400, b"GET / HTTP/1.1\r\nHost: a\n\n"),
    ("SM11 CR CR LF", 400, b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    ("SM11 CR CR LF after the request line", 400, b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    ("SM11 CR CR LF at the end", 400, b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"),
    ("SM11 bare CR at the end", 400, b"GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n"),
    ("SM11 bare CR after the request line", 400, b"GET / HTTP/1.1\rHost: a\r\n\r\n"),
    ("SM11 LF before the request line", 400, b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("SM11 CR before the request line", 400, b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("SM11 two CRLF before the request line", 400, b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("SM11 space before the request line", 400, b" GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("two spaces before the target", 400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("two spaces behind the target", 400, b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("SM11 folded Host", 400, get(host=b"Host:\r\n a")),
    ("SM11 Host folded with HTAB", 400, get(host=b"Host: a\r\n\tb")),
    *[
        (f"SM12 chunk size {size!r}", 400, post(CHUNKED, body=size + b"\r\nhello\r\n0\r\n\r\n"))
        for size in (b"0x5", b"+5", b"-5", b"0_5", b" 5", b"zz", b"", b"5 ", b"5\t", b"1" * 17, b"10000000000000005", b"ffffffffffffffff5", b"5,", b'"5"', b"\xd9\xa5")
    ],
    *[
        (f"SM13 chunk line {body!r}", 400, post(CHUNKED, body=body))
        for body in (
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5\r\nhello\r\n0\r\n\n",
            b"5\r\nhello\r\n0\n\r\n",
            b"5;\nxx\r\n0\r\n\r\n",
            b"5\r\r;AB\r\nhello\r\n0\r\n\r\n",
            b"5\rX\r\nhello\r\n0\r\n\r\n",
            b'5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
            b"5\r\nhelloX\r\n0\r\n\r\n",
            b"5\r\nhello0\r\n\r\n",
            b"0\r\nXX\r\n",
            b"5;a\x00\r\nhello\r\n0\r\n\r\n",
        )
    ],
    *[(f"SM14 trailer {line!r}", 400, post(CHUNKED, body=b"0\r\n" + line + b"\r\n\r\n")) for line in (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"X : y", b"X(: y", b" X: y", b"X: y\x00", b"X")],
    ("SM15 TE in HTTP/1.0", 400, post(CHUNKED, version=b"HTTP/1.0", body=EMPTY_CHUNKS)),
    ("SM15 kept alive", 400, post(CHUNKED, b"Connection: keep-alive", version=b"HTTP/1.0", body=EMPTY_CHUNKS)),
    ("SM15 TE and CL in HTTP/1.0", 400, post(CHUNKED, b"Content-Length: 5", version=b"HTTP/1.0", body=EMPTY_CHUNKS)),
    *[(f"SM16 version {version!r}", status, get(version=version)) for status, version in VERSIONS],
    ("SM16 no version", 400, b"GET /\r\n\r\n"),
    ("SM16 no version, with fields", 400, b"GET /\r\nHost: a\r\n\r\n"),
    ("SM16 preface of HTTP/2", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("SM16 SOURCE of ICE", 400, b"SOURCE / ICE/1.0\r\nHost: a\r\n\r\n"),
    ("SM16 TLS", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("SM16 PROXY protocol", 400, b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get()),
    ("SM16 garbage", 400, b"\x00" * 40),
    ("SM18 CONNECT", 405, get(method=b"CONNECT", target=b"x:80")),
    ("SM18 CONNECT with a path", 405, get(method=b"CONNECT")),
    ("SM18 TRACE", 405, get(method=b"TRACE")),
    ("SM18 TRACE in HTTP/1.0", 405, get(method=b"TRACE", version=b"HTTP/1.0")),
    ("unknown method", 501, get(method=b"FOO")),
    ("lower-case method", 501, get(method=b"get")),
    ("method of RTSP", 501, get(method=b"DESCRIBE")),
    ("method with a suffix", 501, get(method=b"GETX")),
    ("method that is no token", 400, get(method=b"G(T")),
    ("method with NUL", 400, get(method=b"GET\x00")),
    ("no method", 400, get(method=b"")),
    *[(f"SS1 Host{host!r}", 400, get(host=b"Host:" + host)) for host in HOSTS],
    ("SS1 no Host", 400, get(host=b"")),
    ("SS1 no Host with absolute-form", 400, get(host=b"", target=b"http://a/")),
    ("SS1 bad Host with absolute-form", 400, get(host=b"Host: a b", target=b"http://a/")),
    ("SS1 bad Host in HTTP/1.0", 400, get(host=b"Host: u@h", version=b"HTTP/1.0")),
    *[(f"SS2 SS5 target {target!r}", 400, get(target=target)) for target in TARGETS if target != b"//"],
    ("SS2 * with GET and HTTP/1.0", 400, get(target=b"*", version=b"HTTP/1.0")),
    *[(f"field {line!r}", 400, get(line)) for line in FIELDS],
    ("RE4 target above the limit", 414, get(target=b"/" + b"a" * 256)),
    ("RE4 target far above the limit", 414, get(target=b"/" + b"a" * 5000)),
    ("RE4 absolute target above the limit", 414, get(target=b"http://a/" + b"a" * 248)),
    ("RE4 field above the limit", 431, get(b"X: " + b"a" * 510)),
    ("RE4 field name above the limit", 431, get(b"X" * 512 + b":")),
    ("RE4 field far above the limit", 431, get(b"X: " + b"a" * 3000)),
    ("RE4 one field too many", 431, get(*[b"X: y"] * 20)),
    ("RE4 many fields too many", 431, get(*[b"X: y"] * 60)),
    ("RE4 many many fields too many", 431, get(*[b"X: y"] * 600)),
    ("RE4 dropped fields count too", 431, get(*[b"X_y: z"] * 20)),
    ("RE4 head above the limit", 431, get(*[b"X: " + b"a" * 300] * 6 + [b"Y: " + b"a" * 187])),
    ("RE4 body above the limit", 413, post(b"Content-Length: 10001")),
    ("RE4 body at the end of the range", 413, post(b"Content-Length: 9223372036854775807")),
    ("RE4 endless request line", 414, b"GET /" + b"a" * 5000),
    ("RE4 endless field", 431, b"GET / HTTP/1.1\r\nX: " + b"a" * 5000),
    ("RE4 endless fields", 431, b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 1000),
]
# fmt: on


@DOORS
@pytest.mark.parametrize(("rule", "status", "raw"), ROWS, ids=[row[0] for row in ROWS])
async def test_refuses(door, rule, status, raw):
    assert judge(door(), [raw]).status == status


@DOORS
@pytest.mark.parametrize(("rule", "status", "raw"), ROWS, ids=[row[0] for row in ROWS])
async def test_refuses_byte_by_byte(door, rule, status, raw):
    verdict = judge(door(), [raw[i : i + 1] for i in range(len(raw))])
    # A parser may give up before what would tell 400 from a better answer.
    assert verdict.status in (status, 400)


# fmt: off
LEGAL = [
    ("shortest", get(), {"target": b"/", "authority": b"a", "minor": 1, "keep_alive": True, "has_body": False}),
    ("one CRLF before", b"\r\n" + get(), {"target": b"/"}),
    ("query", get(target=b"/a?b=c&d"), {"target": b"/a?b=c&d"}),
    ("empty query", get(target=b"/a?"), {"target": b"/a?"}),
    ("double slash", get(target=b"//evil/x"), {"target": b"//evil/x", "authority": b"a"}),
    ("dot segments", get(target=b"/a/../b/./c"), {"target": b"/a/../b/./c"}),
    ("escapes", get(target=b"/%00%zz%0d%0a%2F%2f%"), {"target": b"/%00%zz%0d%0a%2F%2f%"}),
    ("what URIs do not hold", get(target=b'/{a}|[b]^`<c>"\\'), {"target": b'/{a}|[b]^`<c>"\\'}),
    ("semicolons and colons", get(target=b"/a;b=c:d@e,f!$'()*+~"), {"target": b"/a;b=c:d@e,f!$'()*+~"}),
    ("URL as path", get(target=b"/http://b/c"), {"target": b"/http://b/c"}),
    ("absolute-form", get(target=b"http://b/c?d"), {"target": b"/c?d", "authority": b"b", "values": {b"host": b"b"}, "fields": [(b"Host", b"b")]}),
    ("absolute-form of https", get(target=b"https://b:443/c"), {"target": b"/c", "authority": b"b:443"}),
    ("absolute-form in capitals", get(target=b"HTTP://B/C"), {"target": b"/C", "authority": b"B"}),
    ("absolute-form without path", get(target=b"http://b"), {"target": b"/", "authority": b"b"}),
    ("absolute-form with query only", get(target=b"http://b?c/d"), {"target": b"/?c/d", "authority": b"b"}),
    ("absolute-form with double slash", get(target=b"http://b//c"), {"target": b"//c", "authority": b"b"}),
    ("absolute-form of an address", get(target=b"http://[::1]:80/c"), {"target": b"/c", "authority": b"[::1]:80"}),
    ("absolute-form without Host in HTTP/1.0", get(target=b"http://b/c", host=b"", version=b"HTTP/1.0"), {"target": b"/c", "authority": b"b", "fields": [(b"Host", b"b")]}),
    ("OPTIONS *", get(target=b"*", method=b"OPTIONS"), {"target": b"*", "authority": b"a"}),
    ("OPTIONS without path", get(target=b"http://b", method=b"OPTIONS"), {"target": b"*", "authority": b"b"}),
    ("OPTIONS with slash", get(target=b"http://b/", method=b"OPTIONS"), {"target": b"/"}),
    *[(method.decode(), get(method=method), {"method": method}) for method in b"HEAD PUT DELETE PATCH OPTIONS PROPFIND REPORT PURGE QUERY M-SEARCH SEARCH LOCK".split()],
    *[
        (f"Host{host!r}", get(host=b"Host:" + host), {"authority": host.strip()})
        for host in (
            b" a",
            b"a",
            b"  a  ",
            b"\ta",
            b" A.Example",
            b" a.",
            b" a-b_c.d~e",
            b" a:0",
            b" a:80",
            b" a:65535",
            b" 127.0.0.1:8080",
            b" [::1]",
            b" [::1]:8080",
            b" [2001:db8::1]",
            b" [::ffff:1.2.3.4]:80",
            b" xn--bcher-kva.example",
            b" " + b"a" * 255,
        )
    ],
    ("other spelling of Host", get(host=b"hOsT: a"), {"authority": b"a", "fields": [(b"hOsT", b"a")]}),
    ("HTTP/1.0", get(version=b"HTTP/1.0"), {"minor": 0, "keep_alive": False, "authority": b"a"}),
    ("HTTP/1.0 without Host", get(version=b"HTTP/1.0", host=b""), {"minor": 0, "authority": b""}),
    ("HTTP/1.0 kept alive", get(b"Connection: Keep-Alive", version=b"HTTP/1.0"), {"keep_alive": True}),
    ("HTTP/1.0 kept alive, lower case", get(b"Connection: keep-alive", version=b"HTTP/1.0"), {"keep_alive": True}),
    ("HTTP/1.0 both", get(b"Connection: keep-alive, close", version=b"HTTP/1.0"), {"keep_alive": False}),
    ("HTTP/1.0 with a body", post(b"Content-Length: 2", version=b"HTTP/1.0", body=b"hi"), {"content_length": 2}),
    ("HTTP/1.0 with Expect", post(b"Content-Length: 2", b"Expect: 100-continue", version=b"HTTP/1.0", body=b"hi"), {"expects_continue": False}),
    ("HTTP/1.0 with another Expect", post(b"Content-Length: 2", b"Expect: x", version=b"HTTP/1.0", body=b"hi"), {"expects_continue": False}),
    ("HTTP/1.0 with Upgrade", get(b"Connection: upgrade", b"Upgrade: websocket", version=b"HTTP/1.0"), {"upgrade": None, "keep_alive": False}),
    ("close", get(b"Connection: close"), {"keep_alive": False}),
    ("close in a list", get(b"Connection: TE, , Close"), {"keep_alive": False}),
    ("close in two lines", get(b"Connection: TE", b"Connection: close"), {"keep_alive": False}),
    ("another option", get(b"Connection: X-Foo", b"X-Foo: bar"), {"keep_alive": True}),
    ("empty Connection", get(b"Connection:"), {"keep_alive": True}),
    ("most options", get(b"Connection: " + b"a," * 99 + b"close"), {"keep_alive": False}),
    ("websocket", get(b"Connection: Upgrade", b"Upgrade: WebSocket"), {"upgrade": b"websocket", "keep_alive": False}),
    ("upgrade among others", get(b"Connection: keep-alive, Upgrade", b"Upgrade: foo/2, websocket"), {"upgrade": b"foo/2"}),
    ("upgrade to h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"), {"upgrade": None, "keep_alive": False}),
    ("upgrade with a body", post(b"Connection: Upgrade", b"Upgrade: foo", b"Content-Length: 2", body=b"hi"), {"upgrade": None, "keep_alive": False, "content_length": 2}),
    ("upgrade to nothing", get(b"Connection: Upgrade", b"Upgrade:"), {"upgrade": None}),
    ("upgrade to what is no protocol", get(b"Connection: Upgrade", b"Upgrade: a b"), {"upgrade": None}),
    ("upgrade not asked of us", get(b"Upgrade: websocket"), {"upgrade": None, "keep_alive": True}),
    ("upgrade to what", get(b"Connection: Upgrade"), {"upgrade": None, "keep_alive": True}),
    ("Content-Length", post(b"Content-Length: 5", body=b"hello"), {"content_length": 5, "has_body": True}),
    ("Content-Length 0", post(b"Content-Length: 0"), {"content_length": 0, "has_body": False}),
    ("Content-Length without space", post(b"Content-Length:5", body=b"hello"), {"content_length": 5}),
    ("Content-Length with spaces", post(b"Content-Length: \t5\t ", body=b"hello"), {"content_length": 5}),
    ("Content-Length at the limit", post(b"Content-Length: 10000"), {"content_length": 10000}),
    ("Content-Length with GET", get(b"Content-Length: 5") + b"hello", {"content_length": 5}),
    ("POST without length", post(), {"content_length": None, "has_body": False}),
    ("chunked", post(CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n"), {"chunked": True, "has_body": True}),
    ("chunked in capitals", post(b"Transfer-Encoding: CHUNKED", body=EMPTY_CHUNKS), {"chunked": True}),
    ("chunked with spaces", post(b"Transfer-Encoding:   chunked  ", body=EMPTY_CHUNKS), {"chunked": True}),
    ("chunked after HTAB", post(b"Transfer-Encoding:\tchunked", body=EMPTY_CHUNKS), {"chunked": True}),
    ("chunked in capital digits, with extension", post(CHUNKED, body=b'A;a="b";c\r\n0123456789\r\n000\r\n\r\n'), {"chunked": True}),
    ("chunked with trailers", post(CHUNKED, body=b"0\r\nX-Sum: 1\r\nX-Forwarded-For: c\r\nAuthorization: d\r\n\r\n"), {"chunked": True, "values": {b"host": b"a", b"transfer-encoding": b"chunked"}}),
    ("chunked with OPTIONS", get(CHUNKED, method=b"OPTIONS") + EMPTY_CHUNKS, {"chunked": True}),
    ("Expect", post(b"Content-Length: 5", b"Expect: 100-continue"), {"expects_continue": True}),
    ("Expect in capitals", post(CHUNKED, b"Expect: 100-Continue"), {"expects_continue": True}),
    ("Expect after HTAB", post(b"Content-Length: 5", b"Expect:\t100-continue"), {"expects_continue": True}),
    ("Expect without a body", get(b"Expect: 100-continue"), {"expects_continue": False}),
    ("empty value", get(b"X:"), {"values": {b"host": b"a", b"x": b""}}),
    ("empty value among others", get(b"X:", b"Y: z"), {"fields": [(b"Host", b"a"), (b"X", b""), (b"Y", b"z")]}),
    ("whitespace around", get(b"X: \t y z \t"), {"fields": [(b"Host", b"a"), (b"X", b"y z")]}),
    ("HTAB within", get(b"X: y\tz"), {"values": {b"host": b"a", b"x": b"y\tz"}}),
    ("raw bytes in a value", get(b"X: caf\xe9 \xff\x80"), {"values": {b"host": b"a", b"x": b"caf\xe9 \xff\x80"}}),
    ("every tchar in a name", get(b"!#$%&'*+-.^`|~09azAZ: y"), {"values": {b"host": b"a", b"!#$%&'*+-.^`|~09azaz": b"y"}}),
    ("colon in a value", get(b"X: y: z"), {"values": {b"host": b"a", b"x": b"y: z"}}),
    ("repeated", get(b"X: a", b"Y: b", b"x: c"), {"fields": [(b"Host", b"a"), (b"X", b"a"), (b"Y", b"b"), (b"x", b"c")], "values": {b"host": b"a", b"x": b"a, c", b"y": b"b"}}),
    ("repeated Cookie", get(b"Cookie: a=b", b"Cookie: c=d"), {"values": {b"host": b"a", b"cookie": b"a=b; c=d"}}),
    ("SM22 underscores", get(b"Content_Length: 5", b"X_Forwarded_For: b", b"X-Y: z"), {"fields": [(b"Host", b"a"), (b"X-Y", b"z")], "values": {b"host": b"a", b"x-y": b"z"}}),
    ("SM22 underscored Transfer-Encoding", post(b"Transfer_Encoding: chunked", b"Content-Length: 2", body=b"hi"), {"chunked": False, "content_length": 2}),
    ("SS4 Proxy", get(b"Proxy: http://evil", b"PROXY: b"), {"fields": [(b"Host", b"a")], "values": {b"host": b"a"}}),
    ("Proxy-Connection is another", get(b"Proxy-Connection: close"), {"keep_alive": True}),
    ("RE4 target at the limit", get(target=b"/" + b"a" * 255), {"keep_alive": True}),
    ("RE4 field at the limit", get(b"X: " + b"a" * 509), {"keep_alive": True}),
    ("RE4 most fields", get(*[b"X: y"] * 19), {"keep_alive": True}),
    ("RE4 head at the limit", get(*[b"X: " + b"a" * 300] * 6 + [b"Y: " + b"a" * 186]), {"keep_alive": True}),
]
# fmt: on


@pytest.mark.parametrize(("door", "status"), [(Express, OK), (Reference, 400)])
async def test_a_trailer_named_host(door, status):
    """It is no field of the head: dropped by one door, refused by the other."""
    raw = post(CHUNKED, body=b"0\r\nHost: b\r\nX: y\r\n\r\n")
    assert judge(door(), [raw]).status == status


LEGAL_ROWS = pytest.mark.parametrize(
    ("rule", "raw", "expected"), LEGAL, ids=[row[0] for row in LEGAL]
)


def facts(head: RequestHead, names) -> dict:
    return {name: getattr(head, name) for name in names}


@DOORS
@LEGAL_ROWS
async def test_passes(door, rule, raw, expected):
    verdict = judge(door(), [raw])
    assert verdict.status == OK
    assert [facts(head, expected) for head in verdict.heads] == [expected]


@DOORS
@LEGAL_ROWS
async def test_passes_byte_by_byte(door, rule, raw, expected):
    verdict = judge(door(), [raw[i : i + 1] for i in range(len(raw))])
    assert verdict.status == OK
    assert [facts(head, expected) for head in verdict.heads] == [expected]


@LEGAL_ROWS
async def test_what_passes_reads_the_same_to_another_parser(rule, raw, expected):
    """Written anew, h11 finds the same request in it, and only that."""
    (head,) = judge(Express(), [raw]).heads
    lines = b"".join(b"%b: %b\r\n" % line for line in head.fields)
    origin = h11.Connection(h11.SERVER)
    origin.receive_data(
        b"%b %b HTTP/1.%d\r\n%b\r\n" % (head.method, head.target, head.minor, lines)
    )
    request = origin.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (head.method, head.target)
    sent = [(name.lower(), value) for name, value in head.fields]
    assert [
        (name, value.lower() if name == b"transfer-encoding" else value)
        for name, value in request.headers
    ] == [
        (name, value.lower() if name == b"transfer-encoding" else value)
        for name, value in sent
    ]
    follows = origin.next_event()
    assert (follows is h11.NEED_DATA) is head.has_body


CASES = [(row[2], row[1]) for row in ROWS] + [(row[1], OK) for row in LEGAL]


@DOORS
@given(case=st.sampled_from(CASES), data=st.data())
async def test_how_the_bytes_arrive_changes_nothing(door, case, data):
    raw, status = case
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)), max_size=6)))
    edges = [0, *cuts, len(raw)]
    verdict = judge(door(), [raw[a:b] for a, b in pairwise(edges)])
    assert verdict.status in ((OK,) if status == OK else (status, 400))


names = st.sampled_from(
    [
        b"Host",
        b"Content-Length",
        b"Transfer-Encoding",
        b"Connection",
        b"X",
        b"Expect",
        b"Upgrade",
        b"Cookie",
        b"X_Y",
        b"Proxy",
    ]
)
field_values = st.one_of(
    st.sampled_from(
        [b"a", b"5", b"chunked", b"close", b"upgrade", b"100-continue", b"h2c", b""]
    ),
    st.binary(max_size=20),
)


@given(
    fields=st.lists(st.tuples(names, field_values), max_size=8),
    raw=st.binary(max_size=20),
    minor=st.sampled_from(["1.0", "1.1", "2.0", ""]),
)
def test_never_raises_and_never_lets_a_line_end_pass(fields, raw, minor):
    verdict = inspect(b"GET", b"/" + raw, minor, fields, LIMITS)
    if isinstance(verdict, RequestHead):
        written = (
            verdict.target
            + verdict.authority
            + b"".join(n + v for n, v in verdict.fields)
            + b"".join(verdict.values.values())
        )
        assert not {*b"\r\n\0"} & {*written}
        assert not (verdict.chunked and verdict.content_length is not None)
    else:
        assert isinstance(verdict, RequestRefused)


@given(
    fields=st.permutations(
        [
            (b"Host", b"a"),
            (b"Content-Length", b"5"),
            (b"X", b"y"),
            (b"Z", b"w"),
            (b"Connection", b"close"),
        ]
    )
)
def test_the_order_of_fields_changes_nothing(fields):
    head = inspect(b"POST", b"/", "1.1", fields, LIMITS)
    assert isinstance(head, RequestHead)
    assert head.fields == fields
    assert head.values == {name.lower(): value for name, value in fields}
    assert (head.content_length, head.keep_alive) == (5, False)


def test_the_callers_fields_are_left_alone():
    fields = [(b"Host", b"a"), (b"X_Y", b" z "), (b"Proxy", b"p")]
    before = list(fields)
    assert isinstance(inspect(b"GET", b"http://b/", "1.1", fields, LIMITS), RequestHead)
    assert fields == before


def test_a_body_without_limit():
    limits = Limits(head=2048, field=512, target=256, fields=20, body=None)
    head = inspect(
        b"POST",
        b"/",
        "1.1",
        [(b"Host", b"a"), (b"Content-Length", b"9223372036854775807")],
        limits,
    )
    assert isinstance(head, RequestHead)
    assert head.content_length == 2**63 - 1


@pytest.mark.parametrize(
    ("rule", "version", "method", "status"),
    [
        ("no parser knows it, but it is a token", "1.1", b"BREW", None),
        ("connect in lower case", "1.1", b"connect", 405),
        ("trace in mixed case", "1.1", b"Trace", 405),
        ("no token", "1.1", b"A B", 400),
        ("empty", "1.1", b"", 400),
        ("later minor version", "1.2", b"GET", 505),
        ("no version", "", b"GET", 505),
        ("not even a number", "x", b"GET", 505),
    ],
)
def test_methods_and_versions_that_parsers_refuse_by_themselves(
    rule, version, method, status
):
    verdict = inspect(method, b"/", version, [(b"Host", b"a")], LIMITS)
    assert getattr(verdict, "status", None) == status


def test_details_tell_the_log_no_values():
    secret = b"s3cr3t\x00"
    for fields in (
        [(b"Authorization", secret)],
        [(b"Host", secret)],
        [(b"Content-Length", secret)],
        [(secret, b"")],
    ):
        refused = inspect(b"GET", b"/", "1.1", [(b"Host", b"a"), *fields], LIMITS)
        assert isinstance(refused, RequestRefused)
        assert "s3cr3t" not in refused.detail


@given(
    raw=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    b"GET ",
                    b"/",
                    b" HTTP/1.1",
                    b"\r\n",
                    b"\n",
                    b"Transfer-Encoding:",
                    b"gzip, chunked",
                    b"a" * 300,
                    b" ",
                    b"X: y",
                ]
            ),
            max_size=40,
        ).map(b"".join),
    )
)
def test_diagnose_is_total(raw):
    assert diagnose(raw, LIMITS).status in (400, 405, 414, 431, 501, 505)


@pytest.mark.parametrize(
    ("rule", "raw", "status"),
    [
        ("nothing", b"", 400),
        ("a method only", b"GET", 400),
        ("nothing wrong", get(), 400),
        ("a request line at the limit", get(target=b"/" + b"a" * 255), 400),
        ("a request line above the limit", get(target=b"/" + b"a" * 256), 414),
        ("without an end", b"GET /" + b"a" * 300, 414),
        ("after a CRLF", b"\r\n" + get(target=b"/" + b"a" * 256), 414),
        ("most fields", get(*[b"X: y"] * 19), 400),
        ("one field too many", get(*[b"X: y"] * 20), 431),
        ("one field too many, without an end", get(*[b"X: y"] * 20)[:-2], 431),
        ("most fields, without an end", get(*[b"X: y"] * 19)[:-2], 400),
        ("field at the limit", get(b"X: " + b"a" * 509), 400),
        ("field above the limit", get(b"X: " + b"a" * 510), 431),
        (
            "field above the limit, without an end",
            b"GET / HTTP/1.1\r\nX: " + b"a" * 510,
            431,
        ),
        (
            "a long body is no head",
            post(b"Content-Length: 5000", body=b"a" * 5000),
            400,
        ),
        (
            "fields of the body are no fields",
            post(body=b"Transfer-Encoding: gzip, chunked\r\n"),
            400,
        ),
        ("coding", post(b"transfer-encoding: x-gzip,chunked"), 501),
        (
            "a coding in HTTP/1.0, which has none",
            post(b"Transfer-Encoding: gzip, chunked", version=b"HTTP/1.0"),
            400,
        ),
        ("coding not at the end", post(b"Transfer-Encoding: gzip"), 400),
        (
            "a repeated field before coding",
            post(*[b"Content-Type: x"] * 2, b"Transfer-Encoding: gzip, chunked"),
            400,
        ),
        (
            "version before coding",
            post(b"Transfer-Encoding: gzip, chunked", version=b"HTTP/2.0"),
            505,
        ),
        ("CONNECT", b"CONNECT a:80 HTTP/1.1\r\n\r\n", 405),
        ("unknown method", b"BREW / HTTP/1.1\r\n", 501),
    ],
)
def test_diagnoses(rule, raw, status):
    assert diagnose(raw, LIMITS).status == status


@pytest.mark.parametrize(
    ("rule", "raw", "expected"),
    [
        ("nothing yet", b"", True),
        ("a part of a method", b"GE", True),
        ("CR of CRLF", b"\r", True),
        ("CRLF", b"\r\n", True),
        ("CRLF and CR", b"\r\n\r", True),
        ("two CRLF", b"\r\n\r\n", False),
        ("LF", b"\n", False),
        ("CR and no LF", b"\rG", False),
        ("request line", b"GET / HTTP/1.1\r\nHo", True),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\n", True),
        ("after a CRLF", b"\r\nGET / HTTP/1.0\r\n", True),
        ("RTSP", b"GET / RTSP/1.0\r\n", False),
        ("ICE", b"SOURCE / ICE/1.0\r\n", False),
        ("a preface of HTTP/2, or what looks like one", b"PRI / HTTP/1.0\r\n", False),
        ("unfinished RTSP", b"GET / RTSP/1.0", True),
        ("no version", b"GET /\r\n", False),
    ],
)
def test_is_well_begun(rule, raw, expected):
    assert is_well_begun(raw) is expected


class Counted(bytes):
    """Bytes that count how much of them was looked at."""

    looked = 0

    def translate(self, *args):
        Counted.looked += len(self)
        return super().translate(*args)

    def strip(self, *args):
        Counted.looked += len(self)
        return super().strip(*args)


@pytest.mark.parametrize("filling", [b",", b"a", b" ,", b"a,", b"\t", b";", b'"'])
@pytest.mark.parametrize(
    "name",
    [
        b"Connection",
        b"Accept-Encoding",
        b"Cookie",
        b"X",
        b"Upgrade",
        b"Transfer-Encoding",
        b"Host",
        b"Expect",
    ],
)
def test_work_grows_no_faster_than_the_head(name, filling):
    wide = Limits(head=1 << 20, field=1 << 20, target=256, fields=20, body=None)
    work = []
    for size in (8192, 16384):
        Counted.looked = 0
        inspect(
            b"GET",
            b"/",
            "1.1",
            [
                (b"Host", Counted(b"a")),
                (name, Counted(filling * (size // len(filling)))),
            ],
            wide,
        )
        work.append(Counted.looked)
    assert work[0] > 0
    assert work[1] <= 2.2 * work[0]
