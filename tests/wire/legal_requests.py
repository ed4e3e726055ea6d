"""Legal requests, which arrive as sent, and doubtful ones, which may be refused."""

from collections.abc import Iterable, Iterator

from tests.wire.requests import (
    CHUNKED,
    GET,
    TE,
    Doubtful,
    Field,
    Legal,
    message,
    spelled,
)

HOST: Field = (b"Host", b"t")
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"upgrade",
        b"trailer",
        b"expect",
        b"http2-settings",
        b"proxy",
    }
)

# -- Methods ------------------------------------------------------------------

BODILESS_METHODS = [
    b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"PURGE", b"PROPFIND", b"REPORT", b"SEARCH",
    b"M-SEARCH", b"LINK", b"UNLINK", b"NOTIFY", b"MKCOL", b"COPY", b"MOVE", b"LOCK",
]  # fmt: skip
BODY_METHODS = [b"POST", b"PUT", b"PATCH", b"DELETE", b"GET", b"OPTIONS", b"PROPFIND"]


def methods() -> Iterator[Legal]:
    for method in BODILESS_METHODS:
        yield Legal(f"method:{method.decode()}", method)
    for method in BODY_METHODS:
        name = method.decode()
        fields = (HOST, (b"Content-Length", b"5"))
        yield Legal(f"method:{name}+cl", method, fields=fields, body=b"hello")
        data = message(TE, start=method + b" /x HTTP/1.1") + CHUNKED
        yield Legal(f"method:{name}+te", method, body=b"hello", data=data)
    empty = (HOST, (b"Content-Length", b"0"))
    yield Legal("method:POST+empty", b"POST", fields=empty)
    yield Legal("method:PUT+empty", b"PUT", fields=empty)
    yield Legal("method:POST+none", b"POST")
    chunkless = message(TE) + b"0\r\n\r\n"
    yield Legal("method:POST+chunkless", b"POST", data=chunkless)
    yield Legal("SS2:options-star", b"OPTIONS", b"*")


# -- Targets (SS2, SS5): byte for byte ----------------------------------------

TARGETS = [
    b"/", b"//", b"///", b"/a//b", b"/a/./b", b"/a/../b", b"/../x", b"/./", b"/.", b"/..",
    b"/%2e%2e/x", b"/%2E/", b"/%2F", b"/a%2fb", b"/%5c", b"/%00", b"/%0d%0a", b"/%0D%0AX:y",
    b"/%zz", b"/%", b"/%4", b"/%%", b"/%41", b"/%c3%a9", b"/%C3%A9", b"/%ff", b"/%u0041",
    b"/a?", b"/a??", b"/a?b?c", b"/?", b"/?&", b"/?x=1&x=2", b"/?b=2&a=1", b"/?x=%26",
    b"/?x=a+b", b"/?x=a%20b", b"/?x=1;y=2", b"/?q=/../", b"/?u=http://evil/", b"/??x",
    b"//evil/x", b"//evil:80/x", b"//u@evil/x", b"/@evil/x", b"/:80/x", b"/http://evil/x",
    b"/a;b=c", b"/a;b/c;d", b"/a,b", b"/a=b", b"/a+b", b"/a!b", b"/a$b", b"/a'b", b"/(a)*",
    b"/~u", b"/a_b-c.d", b"/A/b/C", b"/%7Euser", b"/x.css", b"/account%2Fx.css", b"/a:b@c",
]  # fmt: skip
ABSOLUTE = {
    b"http://t/x": b"/x",
    b"http://t": b"/",
    b"http://t/": b"/",
    b"http://t/a?b": b"/a?b",
    b"http://t//a/../b": b"//a/../b",
    b"http://t/%2e?%zz": b"/%2e?%zz",
    b"HTTP://t/x": b"/x",
    b"http://T/x": b"/x",
    b"http://t:80/x": b"/x",
    b"http://other.example/x": b"/x",
    b"http://other.example:8080/x": b"/x",
    b"http://[::1]/x": b"/x",
    b"http://[::1]:80/x": b"/x",
    b"http://169.254.169.254/x": b"/x",
}


def targets() -> Iterator[Legal]:
    for target in TARGETS:
        yield Legal(f"SS5:{spelled(target)}", target=target)
    for target, seen in ABSOLUTE.items():
        authority = target[7:].partition(b"/")[0]
        data = message(start=b"GET " + target + b" HTTP/1.1")
        name = f"SS2:{spelled(target)}"
        yield Legal(name, target=seen, data=data, host=authority)


# -- Fields -------------------------------------------------------------------

FIELDS: dict[str, list[Field]] = {
    "empty": [(b"X", b"")],
    "two-empty": [(b"X", b""), (b"X", b"")],
    "tchar": [(b"!#$%&'*+-.^`|~0Az", b"x")],
    "digits": [(b"1", b"2")],
    "case": [(b"x-LoWeR-UpPeR", b"MiXeD")],
    "repeated": [(b"X", b"1"), (b"Y", b"2"), (b"X", b"3"), (b"x", b"4")],
    "cookies": [(b"Cookie", b"a=1; b=2"), (b"Cookie", b"c=3")],
    "tab-inside": [(b"X", b"a\tb")],
    "spaces-inside": [(b"X", b"a   b")],
    "comma": [(b"X", b"a,,b, ,c")],
    "quotes": [(b"X", b'"a\\"b" (c) <d>')],
    "utf-8": [(b"X", "é€😀".encode())],
    "latin-1": [(b"X", bytes(range(0x80, 0x100)))],
    "ascii": [(b"X", bytes(range(0x21, 0x7F)))],
    "long": [(b"X", b"v" * 5000)],
    "many": [(b"X-%d" % n, b"%d" % n) for n in range(90)],
    "colon": [(b"X", b":a:b:")],
    "looks-like-request": [(b"X", b"GET / HTTP/1.1")],
    "accept": [(b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip, br;q=0.5, *;q=0")],
    "agent": [(b"User-Agent", b"x/1 (y)"), (b"Referer", b"http://evil/?a=b#c")],
    "authorization": [(b"Authorization", b"Bearer abc"), (b"Cookie", b"s=1")],
    "ranges": [(b"Range", b"bytes=0-0,-1"), (b"If-Range", b'"x"')],
    "conditional": [(b"If-None-Match", b'"a", W/"b", *'), (b"If-Match", b"*")],
    "upgrade-insecure": [(b"Upgrade-Insecure-Requests", b"1")],
    "content": [(b"Content-Type", b"a/b"), (b"Content-Encoding", b"gzip")],
    "max-forwards": [(b"Max-Forwards", b"3")],
    "priority": [(b"Priority", b"u=1, i"), (b"Sec-Fetch-Mode", b"cors")],
    "cache-control": [(b"Cache-Control", b"no-cache"), (b"Pragma", b"no-cache")],
    "origin": [(b"Origin", b"null"), (b"X-Requested-With", b"XMLHttpRequest")],
}
HOSTS = [
    b"t", b"T", b"t.", b"t:80", b"t:0", b"t:65535", b"a.b-c.d", b"1.2.3.4",
    b"1.2.3.4:5", b"[::1]", b"[::1]:80", b"[2001:db8::1]:443", b"xn--bcher-kva.example",
    b"a_b.example", b"localhost", b"a~b",
]  # fmt: skip
PADDED = {
    "none": b"X:a",
    "space": b"X: a",
    "spaces": b"X:    a",
    "tab": b"X:\ta",
    "mixed": b"X: \t a",
    "after": b"X: a ",
    "after-tab": b"X: a\t",
    "both": b"X:\t a \t ",
}


def fields() -> Iterator[Legal]:
    for name, given in FIELDS.items():
        yield Legal(f"F:{name}", fields=(HOST, *given))
    for host in HOSTS:
        given_host = ((b"Host", host),)
        yield Legal(f"SS1:{spelled(host)}", fields=given_host, host=host)
    for name, line in PADDED.items():
        data, seen = message(line, start=GET), (HOST, (b"X", b"a"))
        yield Legal(f"F:ows-{name}", fields=seen, data=data)
    yield Legal(
        "F:ows-empty", fields=(HOST, (b"X", b"")), data=message(b"X: \t ", start=GET)
    )
    last = GET + b"\r\nX: 1\r\nhOsT: t\r\n\r\n"
    yield Legal("SS1:last", fields=((b"X", b"1"), HOST), data=last)


# -- Hop by hop (ID2, ID3), SM22 ----------------------------------------------


def connection_fields() -> Iterator[Legal]:
    def case(name: str, *given: Field, drops: Iterable[bytes] = ()) -> Legal:
        return Legal(name, fields=(HOST, *given), drops=frozenset(drops))

    yield case("ID2:keep-alive", (b"Connection", b"keep-alive"))
    yield case("ID2:nominated", (b"Connection", b"X-A"), (b"X-A", b"1"), drops=[b"x-a"])
    yield case("ID2:case", (b"connection", b"x-A"), (b"X-a", b"1"), drops=[b"x-a"])
    yield case(
        "ID2:list", (b"Connection", b"a ,,X-A,\tX-B"), (b"X-A", b"1"), (b"X-B", b"2"),
        (b"X-C", b"3"), drops=[b"x-a", b"x-b"],
    )  # fmt: skip
    yield case(
        "ID2:two", (b"Connection", b"X-A"), (b"X-A", b"1"), (b"Connection", b"X-B"),
        (b"X-B", b"2"), drops=[b"x-a", b"x-b"],
    )  # fmt: skip
    yield case("ID2:absent", (b"Connection", b"X-Not-There"), (b"X-A", b"1"))
    yield case("ID2:empty", (b"Connection", b""), (b"X-A", b"1"))
    for kept in (b"Authorization", b"Cookie", b"Cache-Control"):
        given = ((b"Connection", kept), (kept, b"kept"))
        yield case(f"ID2:protected-{kept.decode()}", *given)
    nominated = b"X-Forwarded-For, X-Real-IP, Via, Forwarded, X-Request-Id"
    yield case("ID2:ours", (b"Connection", nominated))
    yield case("ID3:proxy-connection", (b"Proxy-Connection", b"keep-alive"))
    yield case("ID3:proxy-authorization", (b"Proxy-Authorization", b"Basic eDp5"))
    yield case("ID3:keep-alive", (b"Keep-Alive", b"timeout=5"))
    yield case("ID3:te", (b"TE", b"trailers"), (b"Connection", b"TE"))
    yield case("ID3:te-alone", (b"TE", b"gzip, trailers;q=0.5"))
    yield case("ID3:trailer", (b"Trailer", b"X-T"))
    for claim in (b"X-HTTP-Method-Override", b"X-Original-URL", b"X-Rewrite-URL"):
        drops = [claim.lower()]
        yield case(f"CP2:{claim.decode()}", (claim, b"DELETE"), drops=drops)
    yield case("SS4:proxy", (b"Proxy", b"http://evil:80/"))
    for low in (
        b"X_Forwarded_For",
        b"Content_Length",
        b"Transfer_Encoding",
        b"a_b",
        b"_",
    ):
        given = ((low, b"chunked"), (b"X", b"y"))
        yield case(f"SM22:{low.decode()}", *given, drops=[low.lower()])
    upgrades = {
        "foo": [(b"Connection", b"Upgrade"), (b"Upgrade", b"foo")],
        "h2c": [
            (b"Connection", b"Upgrade, HTTP2-Settings"),
            (b"Upgrade", b"h2c"),
            (b"HTTP2-Settings", b"AAMAAABkAAQCAAAAAAIAAAAA"),
        ],
        "h2c-not-nominated": [(b"Upgrade", b"h2c")],
        "tls": [(b"Connection", b"upgrade"), (b"Upgrade", b"TLS/1.2, HTTP/1.1")],
        "not-nominated": [(b"Upgrade", b"websocket")],
        "empty": [(b"Connection", b"upgrade"), (b"Upgrade", b"")],
        "missing": [(b"Connection", b"upgrade")],
    }
    for protocol, offer in upgrades.items():
        yield case(f"SM17:{protocol}", *offer)


# -- Bodies (SM12, SM13, SM14) ------------------------------------------------

CODING_LINES = {
    "upper": b"Transfer-Encoding: CHUNKED",
    "mixed": b"transfer-ENCODING: Chunked",
    "no-space": b"Transfer-Encoding:chunked",
    "spaces": b"Transfer-Encoding:   chunked  ",
    "tab-before": b"Transfer-Encoding:\tchunked",
}
CHUNKINGS = {
    "one": CHUNKED,
    "bytes": b"1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n",
    "zeros": b"0005\r\nhello\r\n0000\r\n\r\n",
    "sixteen-digits": b"0000000000000005\r\nhello\r\n0\r\n\r\n",
    "extension": b"5;a\r\nhello\r\n0\r\n\r\n",
    "extension-value": b"5;a=b\r\nhello\r\n0\r\n\r\n",
    "extension-quoted": b'5;a="b;c\\"d"\r\nhello\r\n0\r\n\r\n',
    "extensions": b"5;a=b;c;d=e\r\nhello\r\n0;f\r\n\r\n",
    "trailer": b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    "trailers": b"5\r\nhello\r\n0\r\nX-T: 1\r\nX-U: 2\r\nX-T: 3\r\n\r\n",
    "trailer-forwarded-for": b"5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
    "trailer-authorization": b"5\r\nhello\r\n0\r\nAuthorization: evil\r\n\r\n",
    "trailer-cookie": b"5\r\nhello\r\n0\r\nCookie: evil\r\n\r\n",
    "trailer-connection": b"5\r\nhello\r\n0\r\nConnection: X\r\n\r\n",
    "trailer-user": b"5\r\nhello\r\n0\r\nX-User-Id: admin\r\n\r\n",
}
BODIES = {
    "looks-like-chunks": CHUNKED,
    "looks-like-request": b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n",
    "crlf": b"\r\n\r\n",
    "nul": b"\x00\xff" * 8,
}


def bodies() -> Iterator[Legal]:
    for name, line in CODING_LINES.items():
        yield Legal(f"SM3:{name}", b"POST", body=b"hello", data=message(line) + CHUNKED)
    for name, chunks in CHUNKINGS.items():
        rule = "SM14" if name.startswith("trailer") else "SM12"
        data = message(TE) + chunks
        yield Legal(f"{rule}:{name}", b"POST", body=b"hello", data=data)
    hexed = b"A\r\n" + b"0123456789" + b"\r\na\r\n" + b"0123456789" + b"\r\n0\r\n\r\n"
    twice = b"0123456789" * 2
    yield Legal("SM12:hex", b"POST", body=twice, data=message(TE) + hexed)
    for name, body in BODIES.items():
        length = b"%d" % len(body)
        fields_ = (HOST, (b"Content-Length", length))
        yield Legal(f"SM4:{name}", b"POST", fields=fields_, body=body)
        data = message(TE) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        yield Legal(f"SM12:{name}", b"POST", body=body, data=data)
    smuggled = BODIES["looks-like-request"]
    data = message(TE, start=b"OPTIONS / HTTP/1.1")
    data += b"%x\r\n%b\r\n0\r\n\r\n" % (len(smuggled), smuggled)
    yield Legal("SM7:te-0", b"OPTIONS", b"/", body=smuggled, data=data)
    padded = message(b"Content-Length:\t 5 \t") + b"hello"
    yield Legal("SM4:ows", b"POST", body=b"hello", data=padded)


# -- Versions, Expect ---------------------------------------------------------


def versions() -> Iterator[Legal]:
    old = b"GET /x HTTP/1.0"
    yield Legal("SM16:1.0", data=message(start=old))
    yield Legal(
        "SM16:1.0-keep-alive", data=message(b"Connection: keep-alive", start=old)
    )
    yield Legal("SM16:1.0-no-host", data=old + b"\r\n\r\n", host=None)
    body = message(b"Content-Length: 5", start=b"POST /x HTTP/1.0") + b"hello"
    yield Legal("SM16:1.0-body", b"POST", body=b"hello", data=body)
    expect = message(
        b"Expect: 100-continue", b"Content-Length: 5", start=b"POST /x HTTP/1.0"
    )
    yield Legal("SM9:1.0", b"POST", body=b"hello", data=expect + b"hello")
    yield Legal("SM11:crlf-before", data=b"\r\n" + message(start=GET))
    close = message(b"Connection: close", start=GET)
    yield Legal("ID2:close", data=close)
    for value in (b"100-continue", b"100-Continue", b"\t100-continue\t"):
        data = message(b"Expect: " + value, b"Content-Length: 5") + b"hello"
        yield Legal(f"SM9:{spelled(value)}", b"POST", body=b"hello", data=data)
    data = message(b"Expect: 100-continue", TE) + CHUNKED
    yield Legal("SM9:chunked", b"POST", body=b"hello", data=data)
    yield Legal("SM9:get", data=message(b"Expect: 100-continue", start=GET))


def legal() -> list[Legal]:
    return [
        *methods(), *targets(), *fields(), *connection_fields(), *bodies(), *versions(),
    ]  # fmt: skip


# -- Doubtful -----------------------------------------------------------------

ODD_TARGETS = [
    b'/"', b"/<x>", b"/{x}", b"/[x]", b"/|", b"/\\x", b"/^", b"/`", b"/a\\..\\b",
    b"/\xe9", b"/\xc3\xa9", b"/\xff", b"/\x80", b"/?\xe9", b'/?"', b"/?{}", b"/?[]=1", b"/?|",
]  # fmt: skip


def doubtful() -> list[Doubtful]:
    cases = [
        Doubtful(f"SS5:{spelled(t)}", message(start=b"GET " + t + b" HTTP/1.1"), t)
        for t in ODD_TARGETS
    ]
    cases += [
        Doubtful(
            "SS2:no-path-query", message(start=b"GET http://t?x HTTP/1.1"), b"/?x"
        ),
        Doubtful("SS2:https", message(start=b"GET https://t/x HTTP/1.1")),
        Doubtful("SS1:no-port", GET + b"\r\nHost: t:\r\n\r\n"),
        Doubtful("SS1:percent", GET + b"\r\nHost: %41.example\r\n\r\n"),
        Doubtful("SS1:comma", GET + b"\r\nHost: a,b\r\n\r\n"),
        Doubtful("SS1:semicolon", GET + b"\r\nHost: t;x\r\n\r\n"),
        Doubtful("SM3:tab-after", message(TE + b"\t") + CHUNKED),
        Doubtful("SM14:content-length", _trailer(b"Content-Length: 5")),
        Doubtful("SM14:transfer-encoding", _trailer(b"Transfer-Encoding: chunked")),
        Doubtful("SM14:host", _trailer(b"Host: evil")),
        Doubtful("SM14:bad-name", _trailer(b"X@: 1")),
        Doubtful("SM14:underscore", _trailer(b"X_Y: 1")),
        Doubtful("SM12:space-after-size", message(TE) + b"5 \r\nhello\r\n0\r\n\r\n"),
        Doubtful("SM12:bad-extension", message(TE) + b"5;;\r\nhello\r\n0\r\n\r\n"),
        Doubtful(
            "SM12:space-extension", message(TE) + b"5 ; a = b\r\nhello\r\n0\r\n\r\n"
        ),
        Doubtful(
            "ID2:te-nominated", message(b"Connection: Transfer-Encoding", TE) + CHUNKED
        ),
        Doubtful("ID2:bad-connection", message(b"Connection: a b, @", start=GET)),
        Doubtful("SM11:two-crlf-before", b"\r\n\r\n" + message(start=GET)),
    ]
    hidden = message(b"Connection: Content-Length", b"Content-Length: 5") + b"hello"
    return [*cases, Doubtful("ID2:cl-nominated", hidden)]


def _trailer(line: bytes) -> bytes:
    return message(TE) + b"5\r\nhello\r\n0\r\n" + line + b"\r\n\r\n"
