"""Replies: what backends answer, and what must become of it.

After a bad head the client gets a 502 and the upstream connection is closed.
After a bad body, which shows only when the head is out, the client's message
is broken. A legal reply arrives as sent; a surplus one arrives, and its
connection is used no more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.wire.requests import spelled

Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class BadReply:
    """`broken_only`: the head is good, so the client may see its status first."""

    id: str
    data: bytes
    method: bytes = b"GET"
    body_is_bad: bool = False


@dataclass(frozen=True, slots=True)
class GoodReply:
    id: str
    data: bytes
    status: int = 200
    body: bytes = b"hello"
    fields: tuple[Field, ...] = ()
    """Fields that arrive as they are, in this order."""
    method: bytes = b"GET"
    reusable: bool = True
    """Whether the upstream connection may serve again."""
    ends: bool = False
    """The backend closes after it."""


def message(
    *lines: bytes, start: bytes = b"HTTP/1.1 200 OK", body: bytes = b"hello"
) -> bytes:
    return b"\r\n".join([start, *lines]) + b"\r\n\r\n" + body


CL = b"Content-Length: 5"
TE = b"Transfer-Encoding: chunked"
CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"

# -- RS1: control bytes -------------------------------------------------------

CONTROLS = [
    b"\x00",
    b"\x01",
    b"\x08",
    b"\x0b",
    b"\x0c",
    b"\x1b",
    b"\x1f",
    b"\x7f",
    b"\r",
]


def control_bytes() -> Iterator[tuple[str, bytes]]:
    for byte in CONTROLS:
        name = spelled(byte)
        yield f"RS1:value{name}", message(CL, b"X: a" + byte + b"b")
        yield f"RS1:value-first{name}", message(CL, b"X: " + byte + b"b")
        yield f"RS1:value-last{name}", message(CL, b"X: a" + byte)
        yield f"RS1:name{name}", message(CL, b"X" + byte + b"Y: a")
        start = b"HTTP/1.1 200 O" + byte + b"K"
        yield f"RS1:reason{name}", message(CL, start=start)
        yield f"RS1:cookie{name}", message(CL, b"Set-Cookie: a" + byte + b"=b")
    for name, line in {
        "lf-value": b"X: a\nb",
        "lf-field": b"X: a\nY: b",
        "lf-set-cookie": b"Location: /\nSet-Cookie: a=b",
        "lf-last": b"X: a\n",
        "fold": b"X: a\r\n b",
        "fold-tab": b"X: a\r\n\tb",
        "fold-empty": b"X:\r\n a",
        "space-name": b"X Y: a",
        "space-colon": b"X : a",
        "tab-colon": b"X\t: a",
        "no-colon": b"XY",
        "empty-name": b": a",
        "space-first": b" X: a",
        "at": b"X@Y: a",
        "slash": b"X/Y: a",
        "high": b"X\xe9: a",
        "paren": b"X(: a",
        "quoted": b'"X": a',
    }.items():
        yield f"RS1:{name}", message(CL, line)
    yield "RS1:lf-everywhere", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"
    yield "RS1:lf-status", b"HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello"
    yield "RS1:lf-end", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello"
    yield "RS1:crcrlf", b"HTTP/1.1 200 OK\r\r\nContent-Length: 5\r\n\r\nhello"
    yield (
        "RS1:fold-first",
        b"HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 5\r\n\r\nhello",
    )


# -- RS2: framing -------------------------------------------------------------

LENGTHS = [
    b"+5", b"-5", b"-1", b"5x", b"5, 6", b"5,5", b"5, 5", b"0x5", b"0_5", b"5.0", b"5e0",
    b'"5"', b"", b"5 5", b"5\t5", b"\x0b5", b"5\xa0", b"\xd9\xa5", b"9223372036854775808",
    b"18446744073709551616", b"18446744073709551621", b"five", b"5;q=1", b",5", b"5,",
]  # fmt: skip
CODINGS = [
    b"xchunked", b"chunkedx", b"cow", b"", b"identity", b"gzip", b"gzip, chunked",
    b"chunked, gzip", b"chunked, chunked", b"identity, chunked", b"chunked, identity",
    b",chunked", b"chunked,", b"chunked;q=1", b'"chunked"', b"\x0bchunked", b"chunked\x0b",
    b"\xa0chunked", b"\xffchunked", b"chunked\x00", b"chunked chunked", b"deflate",
]  # fmt: skip
FRAMING_LINES = {
    "cl-te": [CL, TE],
    "te-cl": [TE, CL],
    "cl-0-te": [b"Content-Length: 0", TE],
    "te-cl-exact": [TE, b"Content-Length: 15"],
    "te-cl-bad": [TE, b"Content-Length: x"],
    "cl-cow": [CL, b"Transfer-Encoding: cow"],
    "cl-identity": [CL, b"Transfer-Encoding: identity"],
    "cl-twice": [CL, CL],
    "cl-twice-different": [CL, b"Content-Length: 6"],
    "cl-twice-zero": [b"Content-Length: 0", CL],
    "cl-twice-case": [CL, b"content-length: 5"],
    "te-twice": [TE, TE],
    "te-twice-other": [TE, b"Transfer-Encoding: identity"],
    "te-twice-first-other": [b"Transfer-Encoding: gzip", TE],
    "te-space-colon": [b"Transfer-Encoding : chunked"],
    "te-tab-colon": [b"Transfer-Encoding\t: chunked"],
    "te-folded": [b"Transfer-Encoding:\r\n chunked"],
    "te-space-name": [b"X: a\r\n Transfer-Encoding: chunked"],
    "te-bare-lf": [b"X: a\nTransfer-Encoding: chunked"],
    "te-bare-cr": [b"X: a\rTransfer-Encoding: chunked"],
    "cl-space-colon": [b"Content-Length : 5"],
    "cl-tab-colon": [b"Content-Length\t: 5"],
    "cl-folded": [b"Content-Length:\r\n 5"],
    "cl-no-colon": [b"Content-Length 5"],
    "cl-nul-name": [b"Content-Length\x00: 5"],
}


def framing() -> Iterator[tuple[str, bytes]]:
    for value in LENGTHS:
        yield f"RS2:cl-{spelled(value)}", message(b"Content-Length: " + value)
    for value in CODINGS:
        data = message(b"Transfer-Encoding: " + value, body=CHUNKED)
        yield f"RS2:te-{spelled(value)}", data
    for name, lines in FRAMING_LINES.items():
        yield f"RS2:{name}", message(*lines, body=CHUNKED)
    yield "RS2:te-1.0", message(TE, start=b"HTTP/1.0 200 OK", body=CHUNKED)
    old = message(TE, b"Connection: keep-alive", start=b"HTTP/1.0 200 OK", body=CHUNKED)
    yield "RS2:te-1.0-keep-alive", old
    yield "RS2:cl-bad-304", message(CL, CL, start=b"HTTP/1.1 304 X", body=b"")
    yield "RS2:cl-te-404", message(CL, TE, start=b"HTTP/1.1 404 X", body=CHUNKED)


# -- RS3: status lines --------------------------------------------------------

STATUS_LINES = [
    b"HTTP/1.1 99 X", b"HTTP/1.1 1000 X", b"HTTP/1.1 abc X", b"HTTP/1.1 20 X", b"HTTP/1.1 2 X",
    b"HTTP/1.1 000 X", b"HTTP/1.1 099 X", b"HTTP/1.1 0200 X", b"HTTP/1.1 +200 X",
    b"HTTP/1.1 -200 X", b"HTTP/1.1 2OO X", b"HTTP/1.1  200 X", b"HTTP/1.1\t200 X",
    b"HTTP/1.1 200\tX", b"HTTP/1.1200 X", b"HTTP/1.1 20 0 X", b"HTTP/1.1",
    b"HTTP/9.9 200 X", b"HTTP/2.0 200 X", b"HTTP/0.9 200 X", b"HTTP/2 200 X",
    b"HTTP/1 200 X", b"HTTP/01.1 200 X", b"HTTP/1.1x 200 X", b"HTTP/1.10 200 X",
    b"http/1.1 200 X", b"HTTP 200 X", b"HTP/1.1 200 X", b"ICY 200 OK", b"RTSP/1.0 200 OK",
    b" HTTP/1.1 200 X", b"HTTP /1.1 200 X", b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0 X",
    b"200 OK", b"X", b"GET / HTTP/1.1",
]  # fmt: skip
NOT_HTTP = {
    "page": b"<html>hello</html>\r\n\r\n",
    "zeros": bytes(40),
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "request": b"GET / HTTP/1.1\r\nHost: t\r\n\r\n",
    "spaces": b"    \r\n\r\n",
}


def status_lines() -> Iterator[tuple[str, bytes]]:
    for line in STATUS_LINES:
        yield f"RS3:{spelled(line)}", message(CL, start=line)
    for name, data in NOT_HTTP.items():
        yield f"RS3:{name}", data


# -- RS4: interim and switching -----------------------------------------------


def interim() -> Iterator[tuple[str, bytes]]:
    switching = b"HTTP/1.1 101 Switching Protocols\r\n"
    yield "RS4:101", switching + b"\r\n"
    offer = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    yield "RS4:101-upgrade", switching + offer
    yield "RS4:101-then-200", switching + b"\r\n" + message(CL)
    many = b"HTTP/1.1 102 Processing\r\n\r\n"
    yield "RS4:2000-interim", many * 2000 + message(CL)
    yield "RS4:17-interim", many * 17 + message(CL)
    yield "RS4:103-control", b"HTTP/1.1 103 X\r\nX: a\x01\r\n\r\n" + message(CL)
    yield "RS4:103-lf", b"HTTP/1.1 103 X\nX: a\n\n" + message(CL)
    yield "RS4:bad-after-103", b"HTTP/1.1 103 X\r\n\r\n" + message(CL, CL)


# -- RS6: sizes ---------------------------------------------------------------


def sizes() -> Iterator[tuple[str, bytes]]:
    yield "RS6:1MB-field", message(CL, b"X: " + b"v" * (1 << 20))
    yield "RS6:5000-fields", message(CL, *(b"X-%d: v" % n for n in range(5000)))
    yield "RS6:1MB-reason", message(CL, start=b"HTTP/1.1 200 " + b"v" * (1 << 20))
    yield "RS6:1MB-name", message(CL, b"X" * (1 << 20) + b": v")
    yield (
        "RS6:many-large",
        message(CL, *(b"X-%d: %b" % (n, b"v" * 9000) for n in range(99))),
    )


# -- Bad bodies: SM12 and SM13 from the other side ----------------------------

BAD_CHUNKS = {
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "zz": b"zz\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\nhello\r\n0\r\n\r\n",
    "space-first": b" 5\r\nhello\r\n0\r\n\r\n",
    "overflow": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "lf-after-size": b"5\nhello\r\n0\r\n\r\n",
    "lf-after-data": b"5\r\nhello\n0\r\n\r\n",
    "lf-last": b"5\r\nhello\r\n0\n\r\n",
    "lf-end": b"5\r\nhello\r\n0\r\n\n",
    "cr-size": b"5\rXhello\r\n0\r\n\r\n",
    "lf-extension": b"5;a\nhello\r\n0\r\n\r\n",
    "cr-extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "spill": b"5\r\nhello0\r\n\r\n",
    "short": b"5\r\nhell\r\n0\r\n\r\n",
    "second": b"5\r\nhello\r\nx\r\nhello\r\n0\r\n\r\n",
    "bad-trailer": b"5\r\nhello\r\n0\r\nX Y: z\r\n\r\n",
    "nul-trailer": b"5\r\nhello\r\n0\r\nX: \x00\r\n\r\n",
    "not-chunks": b"hello, world\r\n",
    "1MB-trailers": b"0\r\n" + b"X: %b\r\n" % (b"v" * 1000) * 1000 + b"\r\n",
}


def bad_replies() -> list[BadReply]:
    heads: list[Iterable[tuple[str, bytes]]] = [
        control_bytes(), framing(), status_lines(), interim(), sizes(),
    ]  # fmt: skip
    bad = [BadReply(name, data) for cases in heads for name, data in cases]
    bad += [
        BadReply(f"RS2:chunk-{name}", message(TE, body=body), body_is_bad=True)
        for name, body in BAD_CHUNKS.items()
    ]
    bad.append(BadReply("RS2:head-cl-te", message(CL, TE, body=b""), b"HEAD"))
    return bad


# -- Good ones ----------------------------------------------------------------

PASSING_FIELDS: dict[str, list[Field]] = {
    "cookies": [(b"Set-Cookie", b"a=1"), (b"X", b"y"), (b"Set-Cookie", b"b=2; Path=/")],
    "repeated": [(b"X", b"1"), (b"x", b"2"), (b"X", b"1")],
    "empty": [(b"X", b"")],
    "tchar": [(b"!#$%&'*+-.^_`|~0Az", b"x")],
    "case": [(b"x-LoWeR", b"MiXeD")],
    "latin-1": [(b"X", bytes(range(0x80, 0x100)))],
    "location": [(b"Location", b"http://127.0.0.1:1/\xe9?a=%zz#f")],
    "etag": [(b"ETag", b'W/"x"'), (b"Vary", b"A, B"), (b"Cache-Control", b"max-age=1")],
    "dates": [(b"Expires", b"0"), (b"Last-Modified", b"yesterday")],
    "encoding": [(b"Content-Encoding", b"gzip"), (b"Content-Type", b"a/b;c=d")],
    "9KB": [(b"X", b"v" * 9000)],
    "100": [(b"X-%d" % n, b"v") for n in range(90)],
    "underscore": [(b"X_Y", b"z")],
    "server": [(b"Server", b"x"), (b"X-Powered-By", b"y")],
    "challenge": [(b"WWW-Authenticate", b'Basic realm="x"')],
    "300-vary": [(b"Vary", b", ".join(b"V%d" % n for n in range(300)))],
}
STATUSES = [200, 201, 202, 203, 206, 299, 300, 301, 302, 307, 308, 400, 401, 402, 404,
            405, 406, 409, 410, 412, 415, 416, 418, 422, 423, 428, 429, 451, 499, 500, 501, 502,
            503, 504, 505, 511, 599]  # fmt: skip


def good_replies() -> list[GoodReply]:
    good = [
        GoodReply(f"RS3:{status}", message(CL, start=b"HTTP/1.1 %d X" % status), status)
        for status in STATUSES
    ]
    for name, fields in PASSING_FIELDS.items():
        lines = [key + b": " + value for key, value in fields]
        good.append(GoodReply(f"RS1:{name}", message(CL, *lines), fields=tuple(fields)))
    chunks = {
        "one": CHUNKED,
        "bytes": b"1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n",
        "extension": b"5;a=b\r\nhello\r\n0;c\r\n\r\n",
        "zeros": b"0005\r\nhello\r\n000\r\n\r\n",
        "trailer": b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    }
    good += [GoodReply(f"RS2:{n}", message(TE, body=b)) for n, b in chunks.items()]
    close = message(b"Connection: close", body=b"hello")
    old = b"HTTP/1.0 200 OK"
    keep = b"Connection: keep-alive"
    good += [
        GoodReply("RS2:cl-ows", message(b"Content-Length:\t 5 \t")),
        GoodReply("RS2:te-case", message(b"transfer-encoding: CHUNKED", body=CHUNKED)),
        GoodReply("RS3:no-reason", message(CL, start=b"HTTP/1.1 200 ")),
        GoodReply("RS3:odd-reason", message(CL, start=b"HTTP/1.1 200 \xe9 (x) \t y")),
        GoodReply("RS4:100", b"HTTP/1.1 100 Continue\r\n\r\n" + message(CL)),
        GoodReply("RS4:103", b"HTTP/1.1 103 X\r\nLink: <x>\r\n\r\n" + message(CL)),
        GoodReply("RS4:102", b"HTTP/1.1 102 X\r\n\r\n" * 8 + message(CL)),
        GoodReply("R5:until-close", close, reusable=False, ends=True),
        GoodReply("R5:until-close-implied", message(), reusable=False, ends=True),
        GoodReply("R5:1.0", message(start=old), reusable=False, ends=True),
        GoodReply("R5:1.0-cl", message(CL, start=old), reusable=False, ends=True),
        GoodReply("R5:1.0-keep", message(CL, keep, start=old)),
        GoodReply("R5:1.0-open", message(CL, start=old), reusable=False),
        GoodReply("R5:close-open", message(CL, b"Connection: close"), reusable=False),
        GoodReply("R5:empty", message(b"Content-Length: 0", body=b""), body=b""),
        *_bodiless(),
        *_surplus(),
    ]
    return good


def _bodiless() -> Iterator[GoodReply]:
    """RFC 9112 §6.3: no body follows, whatever the fields say."""
    for status in (204, 304):
        start = b"HTTP/1.1 %d X" % status
        data = message(start=start, body=b"")
        yield GoodReply(f"RS5:{status}", data, status, b"")
    data = message(CL, start=b"HTTP/1.1 304 X", body=b"")
    yield GoodReply("RS5:304-cl", data, 304, b"")
    for name, line in {"cl": CL, "te": TE, "none": b"X: y"}.items():
        data = message(line, body=b"")
        yield GoodReply(f"RS5:head-{name}", data, body=b"", method=b"HEAD")
    for status in (301, 404, 500):
        data = message(CL, start=b"HTTP/1.1 %d X" % status, body=b"")
        yield GoodReply(f"RS5:head-{status}", data, status, b"", method=b"HEAD")


def _surplus() -> Iterator[GoodReply]:
    """RS5: bytes that belong to no answer must not become the next one's."""
    more = {
        "bytes": b"extra",
        "crlf": b"\r\n",
        "reply": message(CL, body=b"evil!"),
        "reply-chunked": message(TE, body=CHUNKED),
    }
    for name, extra in more.items():
        yield GoodReply(f"RS5:cl+{name}", message(CL) + extra, reusable=False)
        data = message(TE, body=CHUNKED) + extra
        yield GoodReply(f"RS5:te+{name}", data, reusable=False)
    for status in (204, 304):
        data = message(CL, start=b"HTTP/1.1 %d X" % status) + message(CL, body=b"evil!")
        yield GoodReply(f"RS5:{status}+body", data, status, b"", reusable=False)
    data = message(CL) + message(CL, body=b"evil!")
    yield GoodReply("RS5:head+body", data, body=b"", method=b"HEAD", reusable=False)
    data = message(TE, body=CHUNKED)
    yield GoodReply("RS5:head+chunks", data, body=b"", method=b"HEAD", reusable=False)
