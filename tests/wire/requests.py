"""Requests: what clients send, and what must become of it. Hostile, legal, doubtful.

A hostile request is answered once with one of its `statuses`, the connection
ends, and no byte of it reaches the origin. A legal one reaches the origin as
described, once. A doubtful one may be refused or forwarded clean, nothing else.
The id names the rule of the threat list and the spelling.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Field = tuple[bytes, bytes]
Lines = Iterable[bytes]

REFUSED = frozenset({400})
REFUSED_CODING = frozenset({400, 501})
REFUSED_VERSION = frozenset({400, 505})
REFUSED_METHOD = frozenset({400, 405, 501})


@dataclass(frozen=True, slots=True)
class Hostile:
    id: str
    data: bytes
    statuses: frozenset[int] = REFUSED


@dataclass(frozen=True, slots=True)
class Legal:
    """`drops`: names of fields that must not reach the origin."""

    id: str
    method: bytes = b"GET"
    target: bytes = b"/x"
    fields: tuple[Field, ...] = ((b"Host", b"t"),)
    body: bytes = b""
    drops: frozenset[bytes] = frozenset()
    data: bytes = b""
    """The bytes, where they are not simply made of the above."""
    host: bytes | None = b"t"
    """What the origin sees as Host; None: whatever the sidecar chose."""

    def wire(self) -> bytes:
        if self.data:
            return self.data
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.fields]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Doubtful:
    """`target` is what the origin may see, when it sees anything."""

    id: str
    data: bytes
    target: bytes = b"/x"


def message(*lines: bytes, start: bytes = b"POST /x HTTP/1.1") -> bytes:
    return b"\r\n".join([start, b"Host: t", *lines]) + b"\r\n\r\n"


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"
CL = b"Content-Length: 5"
TE = b"Transfer-Encoding: chunked"


def spelled(spelling: bytes) -> str:
    """A short printable name for a spelling."""
    return spelling.decode("latin-1").encode("unicode_escape").decode().strip() or "-"


# -- SM1, SM2: two framings ---------------------------------------------------

TWO_FRAMINGS = {
    "SM1:cl-te": message(b"Content-Length: 41", TE) + b"0\r\n\r\n" + SMUGGLED,
    "SM1:te-cl": message(TE, b"Content-Length: 41") + b"0\r\n\r\n" + SMUGGLED,
    "SM1:cl-0": message(b"Content-Length: 0", TE) + CHUNKED,
    "SM1:exact": message(b"Content-Length: 15", TE) + CHUNKED,
    "SM1:lower": message(b"content-length: 15", b"transfer-encoding: chunked")
    + CHUNKED,
    "SM1:upper": message(b"CONTENT-LENGTH: 15", b"TRANSFER-ENCODING: CHUNKED")
    + CHUNKED,
    "SM1:get": message(CL, TE, start=b"GET /x HTTP/1.1") + CHUNKED,
    "SM1:delete": message(CL, TE, start=b"DELETE /x HTTP/1.1") + CHUNKED,
    "SM1:apart": message(CL, b"X-A: 1", b"X-B: 2", TE) + CHUNKED,
    "SM1:hidden": message(b"Connection: Content-Length", CL, TE) + CHUNKED,
    "SM1:te-hidden": message(b"Connection: Transfer-Encoding", CL, TE) + CHUNKED,
    "SM2:te-cl": message(TE, b"Content-Length: 4")
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
    "SM2:cl-te": message(b"Content-Length: 4", TE)
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
    "SM2:te-cl-te": message(TE, b"Content-Length: 4", TE) + CHUNKED,
}

# -- SM3: spellings of Transfer-Encoding --------------------------------------

CODING_VALUES = [
    b"xchunked",
    b"chunkedx",
    b"chunke",
    b"chunked, identity",
    b"identity, chunked",
    b"gzip, chunked",
    b"chunked, gzip",
    b"chunked, chunked",
    b",chunked",
    b"chunked,",
    b", chunked",
    b"chunked , ",
    b"chunked;q=1",
    b"chunked;",
    b'"chunked"',
    b"'chunked'",
    b"cow",
    b"identity",
    b"gzip",
    b"deflate",
    b"",
    b"\x0bchunked",
    b"\x0cchunked",
    b"\xa0chunked",
    b"\x85chunked",
    b"\xc2\xa0chunked",
    b"\xffchunked",
    b"chunked\x0b",
    b"chunked\x00",
    b"chunked\xa0",
    b"chu\x00nked",
    b"chunked\r",
    b"chunk\xc3\xa9d",
    b"=?utf-8?q?chunked?=",
    b"chunked chunked",
    b"chunked\tchunked",
    b"c hunked",
    b"chunked\\",
]
CODING_LINES = {
    "space-colon": [b"Transfer-Encoding : chunked"],
    "tab-colon": [b"Transfer-Encoding\t: chunked"],
    "space-name": [b" Transfer-Encoding: chunked"],
    "bare-lf": [b"X: x\nTransfer-Encoding: chunked"],
    "bare-cr": [b"X: x\rTransfer-Encoding: chunked"],
    "lf-after": [b"Transfer-Encoding: chunked\nX: x"],
    "folded-name": [b"Foo: bar", b" Transfer-Encoding: chunked"],
    "folded-value": [b"Transfer-Encoding:", b" chunked"],
    "folded-tab": [b"Transfer-Encoding:", b"\tchunked"],
    "folded-more": [b"Transfer-Encoding: chunked", b" , identity"],
    "twice": [TE, TE],
    "twice-other": [TE, b"Transfer-Encoding: identity"],
    "twice-first-other": [b"Transfer-Encoding: identity", TE],
    "twice-empty": [TE, b"Transfer-Encoding:"],
    "twice-cow": [TE, b"Transfer-encoding: cow"],
    "nul-name": [b"Transfer-Encoding\x00: chunked"],
    "cr-name": [b"\rTransfer-Encoding: chunked"],
    "no-colon": [b"Transfer-Encoding chunked"],
    "high-name": [b"Transfer-Encoding\xa0: chunked"],
    "vt-name": [b"\x0bTransfer-Encoding: chunked"],
}


def codings() -> Iterable[tuple[str, bytes]]:
    """Each with and without a Content-Length."""
    lines = {spelled(v): [b"Transfer-Encoding: " + v] for v in CODING_VALUES}
    for name, spelling in (lines | CODING_LINES).items():
        yield f"SM3:{name}", message(*spelling) + CHUNKED
        yield f"SM3:{name}+cl", message(b"Content-Length: 15", *spelling) + CHUNKED


# -- SM4, SM5: spellings of Content-Length ------------------------------------

LENGTH_VALUES = [
    b"+5", b"-5", b"005", b"010", b"0x5", b"0_5", b"5_0", b"5e0", b"5.0", b'"5"', b"5Z",
    b"5,5", b"5, 5", b"5,6", b"0,5", b"5,", b",5", b"5 5", b"5\t5", b"", b"-0", b"+0",
    b"9223372036854775808", b"18446744073709551616", b"18446744073709551621",
    b"99999999999999999999999999", b"\xd9\xa5", b"\xef\xbc\x95", b"5\x00", b"\x005",
    b"\x0b5", b"5\x0b", b"\x0c5", b"\xa05", b"5;q=1", b"five", b"0x", b"5\r", b"--5",
    b"5/1", b"5 chunked",
]  # fmt: skip
LENGTH_LINES = {
    "no-colon": [b"Content-Length 5"],
    "space-colon": [b"Content-Length : 5"],
    "tab-colon": [b"Content-Length\t: 5"],
    "space-name": [b" Content-Length: 5"],
    "folded": [b"Content-Length:", b" 5"],
    "folded-digits": [b"Content-Length: 1", b" 5"],
    "bare-lf": [b"X: x\nContent-Length: 5"],
    "nul-name": [b"Content-Length\x00: 5"],
}
LENGTHS_TWICE = {
    "equal": [CL, CL],
    "different": [CL, b"Content-Length: 6"],
    "zero-first": [b"Content-Length: 0", CL],
    "zero-last": [CL, b"Content-Length: 0"],
    "case": [CL, b"content-length: 5"],
    "three": [CL, CL, CL],
    "apart": [CL, b"X-A: 1", CL],
    "empty": [CL, b"Content-Length:"],
    "hidden": [b"Connection: content-length", CL, b"Content-Length: 6"],
}


def lengths() -> Iterable[tuple[str, bytes]]:
    for value in LENGTH_VALUES:
        yield f"SM4:{spelled(value)}", message(b"Content-Length: " + value) + b"hello"
    for name, lines in LENGTH_LINES.items():
        yield f"SM4:{name}", message(*lines) + b"hello"
    for value in (b"+5", b"5,5", b"-5", b""):
        data = message(b"Content-Length: " + value, start=b"GET /x HTTP/1.1")
        yield f"SM4:get{spelled(value)}", data
    for name, lines in LENGTHS_TWICE.items():
        yield f"SM5:{name}", message(*lines) + b"hello"


# -- SM9: expectations --------------------------------------------------------

EXPECTATIONS = [
    b"y 100-continue", b"100-continue, 100-continue", b"100-continue, x", b"200-ok",
    b"100-continuex", b"100", b"101-continue", b"100-continue;q=1", b'"100-continue"',
    b"100 continue", b"100-continue 100-continue", b",100-continue", b"x=100-continue",
]  # fmt: skip


def expectations() -> Iterable[tuple[str, bytes]]:
    for value in EXPECTATIONS:
        data = message(b"Expect: " + value, CL) + b"hello"
        yield f"SM9:{spelled(value)}", data
    yield "SM9:twice", message(b"Expect: 100-continue", b"Expect: x", CL) + b"hello"
    yield "SM9:get", message(b"Expect: 200-ok", start=b"GET /x HTTP/1.1")


# -- SM10, SM11: hidden fields and line ends ----------------------------------

GET = b"GET /x HTTP/1.1"
LINE_ENDS = {
    "SM10:host-space-first": GET + b"\r\n Host: t\r\n\r\n",
    "SM10:host-tab-first": GET + b"\r\n\tHost: t\r\n\r\n",
    "SM10:host-space-colon": GET + b"\r\nHost : t\r\n\r\n",
    "SM10:host-tab-colon": GET + b"\r\nHost\t: t\r\n\r\n",
    "SM10:host-wrapped": GET + b"\r\nHost:\r\n t\r\n\r\n",
    "SM10:host-wrapped-tab": GET + b"\r\nHost:\r\n\tt\r\n\r\n",
    "SM10:second-host-space": message(b" Host: evil", start=GET),
    "SM10:second-host-space-colon": message(b"Host : evil", start=GET),
    "SM10:second-host-tab-colon": message(b"Host\t: evil", start=GET),
    "SM10:second-host-wrapped": message(b"Host:", b" evil", start=GET),
    "SM10:bad-host-hidden": GET + b"\r\nConnection: Host\r\nHost: foo/bar\r\n\r\n",
    "SM10:bad-length-hidden": message(
        b"Connection: Content-Length", b"Content-Length: Z"
    ),
    "SM10:bad-coding-hidden": message(
        b"Connection: Transfer-Encoding", b"Transfer-Encoding: cow"
    ),
    "SM11:lf-everywhere": b"GET /x HTTP/1.1\nHost: t\n\n",
    "SM11:lf-request-line": b"GET /x HTTP/1.1\nHost: t\r\n\r\n",
    "SM11:lf-one-field": b"GET /x HTTP/1.1\r\nHost: t\nX: y\r\n\r\n",
    "SM11:lf-last-field": b"GET /x HTTP/1.1\r\nHost: t\r\nX: y\n\r\n",
    "SM11:lf-end-of-head": b"GET /x HTTP/1.1\r\nHost: t\r\n\n",
    "SM11:cr-request-line": b"GET /x HTTP/1.1\rHost: t\r\n\r\n",
    "SM11:cr-in-value": message(b"X: a\rb", start=GET),
    "SM11:cr-end-of-value": message(b"X: a\r", start=GET),
    "SM11:cr-in-name": message(b"X\rY: a", start=GET),
    "SM11:cr-first": message(b"\rX: a", start=GET),
    "SM11:cr-in-target": b"GET /x\ry HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM11:cr-only-head": b"GET /x HTTP/1.1\rHost: t\r\r",
    "SM11:crcrlf": b"GET /x HTTP/1.1\r\r\nHost: t\r\n\r\n",
    "SM11:crcrlf-field": b"GET /x HTTP/1.1\r\nHost: t\r\r\n\r\n",
    "SM11:crcrlf-end": b"GET /x HTTP/1.1\r\nHost: t\r\n\r\r\n\r\n",
    "SM11:lf-before": b"\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM11:cr-before": b"\rGET /x HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM11:space-before": b" GET /x HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM11:fold-space": message(b"X: a", b" b", start=GET),
    "SM11:fold-tab": message(b"X: a", b"\tb", start=GET),
    "SM11:fold-empty": message(b"X: a", b" ", start=GET),
    "SM11:fold-first": GET + b"\r\n X: a\r\nHost: t\r\n\r\n",
    "SM11:fold-host": GET + b"\r\nHost: t\r\n .evil\r\n\r\n",
    "SM11:fold-crlf-space": message(b"X:", b" ", b" a", start=GET),
}

# -- Field names and values (RFC 9110 §5.1, §5.5) -----------------------------

BAD_FIELDS = [
    b": x", b"X", b"X Y: a", b"X(: a", b"X@Y: a", b"X/Y: a", b"X,Y: a", b"X;Y: a",
    b'"X": a', b"X\x00: a", b"X\x01: a", b"X\x7f: a", b"X\x80: a", b"X\xe9: a",
    b"{X}: a", b"[X]: a", b"X=Y: a", b"X?Y: a", b"X\\Y: a", b"X: \x00", b"X: a\x00b",
    b"X: \x01", b"X: a\x08b", b"X: \x0b", b"X: a\x0cb", b"X: \x1b[31m", b"X: \x7f",
    b"X : a", b"X\t: a", b"X\x0b: a",
]  # fmt: skip

# -- SM12, SM13: chunks -------------------------------------------------------

CHUNK_SIZES = [
    b"0x5", b"+5", b"-5", b"0_5", b" 5", b"zz", b"", b"5g", b"5.", b"5 5", b"\t5",
    b"00000000000000005", b"10000000000000005", b"ffffffffffffffff", b"FFFFFFFFFFFFFFFFF",
    b"8000000000000000", b"\xef\xbc\x95", b"5\x00", b"\x005", b"\x0b5", b'"5"', b"5,5",
]  # fmt: skip
CHUNK_ENDS = {
    "lf-after-size": b"5\nhello\r\n0\r\n\r\n",
    "lf-after-data": b"5\r\nhello\n0\r\n\r\n",
    "lf-last": b"5\r\nhello\r\n0\n\r\n",
    "lf-end": b"5\r\nhello\r\n0\r\n\n",
    "lf-all": b"5\nhello\n0\n\n",
    "lf-in-extension": b"5;\nxx\r\nhello\r\n0\r\n\r\n",
    "lf-in-extension-name": b"5;a\nhello\r\n0\r\n\r\n",
    "crcr-extension": b"5\r\r;AB\r\nhello\r\n0\r\n\r\n",
    "cr-size": b"5\rXhello\r\n0\r\n\r\n",
    "cr-data": b"5\r\nhello\rX0\r\n\r\n",
    "cr-in-extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "quoted-crlf": b'5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
    "quoted-lf": b'5;a="\n"\r\nhello\r\n0\r\n\r\n',
    "nul-extension": b"5;a=\x00\r\nhello\r\n0\r\n\r\n",
    "ctl-extension": b"5;a=\x01\r\nhello\r\n0\r\n\r\n",
    "spill": b"5\r\nhello0\r\n\r\n",
    "spill-one": b"5\r\nhelloX\r\n0\r\n\r\n",
    "spill-request": b"5\r\nhello" + SMUGGLED,
    "no-crlf-at-end": b"0\r\nXX\r\n\r\n",
    "no-crlf-at-end-request": b"0\r\n" + SMUGGLED,
    "size-without-data": b"5\r\n0\r\n\r\n" + SMUGGLED,
    "space-before-crlf-data": b"5\r\nhello \r\n0\r\n\r\n",
    "empty-line-first": b"\r\n5\r\nhello\r\n0\r\n\r\n",
    "trailer-bare-lf": b"0\r\nX: y\n\r\n",
    "trailer-bare-cr": b"0\r\nX: a\rb\r\n\r\n",
    "trailer-fold": b"0\r\nX: a\r\n b\r\n\r\n",
    "trailer-space-colon": b"0\r\nX : y\r\n\r\n",
    "trailer-nul": b"0\r\nX: \x00\r\n\r\n",
}


def chunks() -> Iterable[tuple[str, bytes]]:
    for size in CHUNK_SIZES:
        data = message(TE) + size + b"\r\nhello\r\n0\r\n\r\n"
        yield f"SM12:{spelled(size)}", data
    yield "SM12:second", message(TE) + b"5\r\nhello\r\n+1\r\nx\r\n0\r\n\r\n"
    for name, body in CHUNK_ENDS.items():
        yield f"SM13:{name}", message(TE) + body


# -- SM15, SM16, SM18: versions and methods -----------------------------------

OLD_CODING = {
    "SM15:te": message(TE, start=b"POST /x HTTP/1.0") + CHUNKED,
    "SM15:keep-alive": message(b"Connection: keep-alive", TE, start=b"POST /x HTTP/1.0")
    + CHUNKED,
    "SM15:cl": message(TE, b"Content-Length: 15", start=b"POST /x HTTP/1.0") + CHUNKED,
    "SM15:get": message(TE, start=b"GET /x HTTP/1.0") + CHUNKED,
}
VERSIONS = [
    b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/2", b"HTTP/3.0",
    b"HTTP/01.1", b"HTTP/1.01", b"HTTP/1.1x", b"HTTP/1.10", b"http/1.1", b"Http/1.1",
    b"HTTP/1,1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/ 1.1", b"HTTP /1.1",
    b"HTTP/-1.1", b"HTTP/11", b"HTTPS/1.1", b"HTP/1.1", b"ICE/1.0", b"RTSP/1.0",
    b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/1.1 HTTP/1.1", b"HTTP/1.\xb9", b"XTTP/1.1",
]  # fmt: skip
METHODS = {
    "SM18:connect": b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n",
    "SM18:connect-443": b"CONNECT t:443 HTTP/1.1\r\nHost: t:443\r\n\r\n" + SMUGGLED,
    "SM18:connect-path": b"CONNECT /x HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM18:connect-absolute": b"CONNECT http://t/ HTTP/1.1\r\nHost: t\r\n\r\n",
    "SM18:unknown": message(start=b"FROB /x HTTP/1.1"),
    "SM18:lower": message(start=b"get /x HTTP/1.1"),
    "SM18:space": message(start=b"GE T /x HTTP/1.1"),
    "SM18:empty": message(start=b" /x HTTP/1.1"),
    "SM18:ctl": message(start=b"G\x01T /x HTTP/1.1"),
    "SM18:nul": message(start=b"GET\x00 /x HTTP/1.1"),
    "SM18:high": message(start=b"G\xc9T /x HTTP/1.1"),
    "SM18:colon": message(start=b"GET: /x HTTP/1.1"),
    "SM18:tab": message(start=b"GET\t/x\tHTTP/1.1"),
    "SM18:long": message(start=b"G" * 300 + b" /x HTTP/1.1"),
    "SM18:tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "SM18:garbage": b"\x00\x01\x02\x03\r\n\r\n",
    "SM18:ssh": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "SM18:smtp": b"EHLO evil.example\r\n\r\n",
}


def versions() -> Iterable[tuple[str, bytes]]:
    for version in VERSIONS:
        yield f"SM16:{spelled(version)}", message(start=b"GET /x " + version)
    yield "SM16:none", b"GET /x\r\n\r\n"
    yield "SM16:none-host", message(start=b"GET /x")
    yield "SM16:none-space", message(start=b"GET /x ")
    yield "SM16:preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield "SM16:no-host-2.0", b"GET /x HTTP/2.0\r\n\r\n"


# -- SS1, SS2, SS5: hosts and targets -----------------------------------------

HOSTS = [
    b"", b"a, b", b"foo/bar", b"/", b"u@h", b"u:p@h", b"a b", b"t:abc", b"t:99999",
    b"t:65536", b"t:-1", b"t:8 0", b"t:80:80", b"t?x", b"t#x", b"t\x00", b"\x00", b"[::1",
    b"::1]", b"[::1]x", b"[", b"[]", b"[::g]", b"[::1]:x", b"http://t", b"t\\x",
    b"t\xe9", b"\xc3\xa9.t", b"t\x7f", b"t\x01", b"<t>", b'"t"', b"t|x", b"{t}", b"t^", b"t`",
    b"t:80/", b":80", b"t%zz", b"a\tb", b"@", b"t:+80", b"t:0x50", b"t:\xd9\xa5",
]  # fmt: skip
HOST_LINES = {
    "none": b"",
    "two-same": b"Host: t\r\nHost: t\r\n",
    "two-different": b"Host: t\r\nHost: evil\r\n",
    "two-case": b"Host: t\r\nhost: evil\r\n",
    "two-apart": b"Host: t\r\nX: y\r\nHost: t\r\n",
    "two-one-empty": b"Host: t\r\nHost:\r\n",
    "underscore-only": b"H_ost: t\r\n",
}
TARGETS = [
    b"http://", b"http:///x", b"http://u@evil/x", b"http://t@evil/", b"http://u:p@t/x",
    b"http://t:abc/x", b"http://[::1/x", b"http://t:99999/", b"http:t/x", b"http:/t/x",
    b"ftp://t/x", b"file:///etc/passwd", b"javascript:alert(1)", b"data:,x", b"gopher://t/",
    b"ws://t/x", b"@evil/x", b"\\\\evil", b"\\x", b"*", b"x", b"x/y", b"t:80", b"?x", b"#x",
    b".", b"../x", b"evil.example:443", b"/x#y", b"/#", b"/x?y#z", b"/x y", b"/x\ty",
    b"/x\x00y", b"/x\x01y", b"/x\x7fy", b"/x\x0by", b"http://t/x#y", b"http://a b/x",
    b"http://t\x00/x", b"https://u@t/", b":", b";x", b"%2Fx",
]  # fmt: skip


def hosts() -> Iterable[tuple[str, bytes]]:
    for value in HOSTS:
        data = GET + b"\r\nHost: " + value + b"\r\n\r\n"
        yield f"SS1:{spelled(value)}", data
    for name, lines in HOST_LINES.items():
        yield f"SS1:{name}", GET + b"\r\n" + lines + b"\r\n"
    yield "SS1:two-1.0", b"GET /x HTTP/1.0\r\nHost: t\r\nHost: t\r\n\r\n"
    yield "SS1:bad-1.0", b"GET /x HTTP/1.0\r\nHost: a b\r\n\r\n"


def targets() -> Iterable[tuple[str, bytes]]:
    for target in TARGETS:
        yield f"SS2:{spelled(target)}", message(start=b"GET " + target + b" HTTP/1.1")
    yield "SS2:empty", message(start=b"GET  HTTP/1.1")
    yield "SS2:two-spaces", message(start=b"GET  /x HTTP/1.1")
    yield "SS2:space-after", message(start=b"GET /x  HTTP/1.1")
    yield "SS2:post-star", message(b"Content-Length: 0", start=b"POST * HTTP/1.1")


def hostile() -> list[Hostile]:
    """All of them, each with the statuses that are an answer to it."""
    everywhere: list[tuple[Iterable[tuple[str, bytes]], frozenset[int]]] = [
        (TWO_FRAMINGS.items(), REFUSED_CODING),
        (codings(), REFUSED_CODING),
        (lengths(), frozenset({400, 413})),
        (expectations(), frozenset({400, 417})),
        (LINE_ENDS.items(), REFUSED_CODING),
        (((f"F:{spelled(f)}", message(f, start=GET)) for f in BAD_FIELDS), REFUSED),
        (chunks(), frozenset({400, 413})),
        (OLD_CODING.items(), REFUSED),
        (versions(), REFUSED_VERSION),
        (METHODS.items(), REFUSED_METHOD),
        (hosts(), REFUSED),
        (targets(), REFUSED),
    ]
    return [
        Hostile(name, data, statuses)
        for cases, statuses in everywhere
        for name, data in cases
    ]
