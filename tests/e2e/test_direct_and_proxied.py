"""Each answer of an application, asked for directly and through the sidecar, is the same."""

import json
import shutil
import zlib
from contextlib import suppress
from urllib.parse import quote

import brotli
import pytest
from werkzeug.exceptions import HTTPException

from tests.e2e.apps import RETURNS, Application
from tests.e2e.comparison import HOST, Answer, Ask, ask, differences
from tests.e2e.conftest import Before

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=cut"}
MULTIPART = (
    b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\x00\x01\xff\r\n--cut--\r\n"
)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
STATUSES = [200, 201, 202, 203, 204, 205, 206, 207, 226, 300, 301, 302, 303, 304]
STATUSES += [305, 306, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409]
STATUSES += [410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425]
STATUSES += [426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 599]
DIGEST = ("WWW-Authenticate", "Set-Cookie")


def own(*names: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


HTTPBIN = [
    *(Ask(f"/status/{status}") for status in STATUSES),
    *(Ask("/status/418", method) for method in ["HEAD", "POST", "PUT", "DELETE"]),
    *(Ask(f"/{method.lower()}?a=1&a=2&b=%20", method, reflects=True) for method in METHODS),
    *(Ask("/anything/x", method, reflects=True) for method in METHODS),
    *(Ask("/anything", method, JSON, b'{"a": [1, null]}', reflects=True) for method in METHODS[1:]),
    *(Ask("/anything", method, FORM, b"a=1&b=%C3%A4&a=2", reflects=True) for method in METHODS[1:]),
    Ask("/anything", "GET", JSON, b'{"get": "with a body"}', reflects=True),
    Ask("/post", "POST", PARTS, MULTIPART, reflects=True),
    Ask("/post", "POST", {}, b"", reflects=True),
    Ask("/post", "POST", {"Content-Encoding": "gzip"}, b"\x1f\x8bnot gzip", reflects=True),
    Ask("/post", "POST", {}, bytes(range(256)) * 64, reflects=True),
    Ask("/post", "POST", {}, b"x" * 65_536, reflects=True),
    Ask("/post", "POST", {}, b"x" * 65_537, reflects=True),
    Ask("/post", "POST", {}, b"y" * 1_000_000, reflects=True),
    *(Ask("/post", "POST", {}, b"z" * size, 1000, reflects=True) for size in [1, 999, 1000, 65_536, 300_000]),
    Ask("/put", "PUT", JSON, b"[1]", 1, reflects=True),
    Ask("/anything", "POST", {"Expect": "100-continue"}, b"expected", reflects=True),
    Ask("/get", "HEAD", reflects=True),
    *(Ask(target, "HEAD") for target in ["/html", "/bytes/9?seed=1", "/redirect/1", "/image/png"]),
    *(Ask(target, "OPTIONS") for target in ["/get", "/post", "/anything"]),
    Ask("/get", "OPTIONS", {"Origin": "https://a.example", "Access-Control-Request-Headers": "x-a, x-b"}),
    Ask("/get", "DELETE"),
    Ask("/nowhere"),
    Ask("/nowhere", "POST", JSON, b"{}"),
    # what the application is told
    Ask("/headers", fields={"X-A": "1", "x-lower": "b", "Accept": "*/*", "X-Empty": ""}, reflects=True),
    Ask("/headers", fields={"Cookie": "a=1; b=2", "Authorization": "Basic dTpw", "Accept-Encoding": "br, gzip;q=0.5"}, reflects=True),
    Ask("/headers", fields={"X-Long": "v" * 8000, "Accept-Language": "de, en;q=0.5", "Referer": "http://x/?a"}, reflects=True),
    Ask("/user-agent", fields={"User-Agent": "Mozilla/5.0 (compatible; \xe4)"}),
    Ask("/user-agent"),
    Ask("/ip"),
    Ask("/uuid", blur=rb"[0-9a-f-]{36}"),
    # targets as they are
    *(Ask(f"/anything/{path}", reflects=True) for path in ["a%2Fb", "a//b", "%C3%A4", "a;b=c", "a+b", "@:!$&'()*,=", "%7Etilde~", ".%2e", "a/./b", "a/../b"]),
    *(Ask(f"/anything?{query}", reflects=True) for query in ["", "a", "a=", "=", "&&", "a=b?c/d", "%", "a=%zz", "q=" + quote("ä €"), "a[]=1&a[]=2", "x=" + "y" * 4000]),
    # bodies
    *(Ask(target) for target in ["/html", "/robots.txt", "/deny", "/json", "/xml", "/encoding/utf8", "/forms/post", "/links/5", "/links/5/2", "/base64/SGVsbG8%3D"]),
    *(Ask(target) for target in ["/", "/static/favicon.ico", "/image"]),
    *(Ask(f"/image/{kind}") for kind in ["png", "jpeg", "webp", "svg"]),
    *(Ask("/image", fields={"Accept": kind}) for kind in ["image/webp", "image/svg+xml", "text/html"]),
    *(Ask(f"/{coding}", reflects=True, blur=rb"(?s).*") for coding in ["gzip", "deflate", "brotli"]),
    *(Ask(f"/bytes/{size}?seed=7") for size in [0, 1, 1024, 102_400]),
    *(Ask(f"/stream-bytes/{size}?seed=7&chunk_size=99") for size in [0, 1, 1024, 102_400]),
    *(Ask(f"/stream/{lines}", blur=rb'"headers": \{[^}]*\}') for lines in [1, 3, 20]),
    Ask("/drip?duration=0.2&numbytes=5&delay=0.1"),
    Ask("/drip?duration=0.1&numbytes=3&code=203"),
    Ask("/delay/1", reflects=True),
    # parts and validators
    *(Ask("/range/1000", fields={"Range": f"bytes={part}"}) for part in ["0-0", "10-19", "-5", "990-", "0-999", "2000-", "5-1", "x"]),
    Ask("/range/1000?chunk_size=7&duration=0.05"),
    Ask("/range/1000", "HEAD"),
    *(Ask("/etag/x", fields={name: value}, reflects=True) for name in ["If-None-Match", "If-Match"] for value in ["x", '"x"', 'W/"x"', '"y", x', "*", '"y"']),
    Ask("/cache", varies=own("Last-Modified", "ETag"), reflects=True),
    *(Ask("/cache", fields={name: value}) for name, value in [("If-None-Match", "x"), ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")]),
    Ask("/cache/60", reflects=True),
    # fields of answers
    Ask("/response-headers?X-A=1&X-A=2&X-B=%C3%A4&Warning=199+a+%22b%22"),
    Ask("/response-headers?Cache-Control=no-store&Vary=Cookie&Vary=Accept&Link=%3C/x%3E;rel=next"),
    Ask("/response-headers?Server=other/1.0&Age=7&Retry-After=120&Content-Language=de", "POST"),
    Ask("/cookies", fields={"Cookie": "a=1; b=2"}),
    Ask("/cookies/set?a=1&b=2&c=%3B"),
    Ask("/cookies/set/name/value"),
    Ask("/cookies/delete?a&b", fields={"Cookie": "a=1; b=2"}),
    # ways elsewhere
    *(Ask(f"/{kind}redirect/{times}") for kind in ["", "relative-", "absolute-"] for times in [1, 3]),
    *(Ask(f"/redirect-to?url={url}") for url in ["http%3A%2F%2Fother.example%2F%3Fa%3D1", "%2Fget", "//x/y"]),
    *(Ask(f"/redirect-to?url=/get&status_code={status}", method) for status in [301, 307, 308] for method in ["GET", "POST"]),
    # who may
    *(Ask("/basic-auth/u/p", fields=fields) for fields in [{}, {"Authorization": "Basic dTpw"}, {"Authorization": "Basic eDp5"}]),
    *(Ask("/hidden-basic-auth/u/p", fields=fields) for fields in [{}, {"Authorization": "Basic dTpw"}]),
    *(Ask("/bearer", fields=fields) for fields in [{}, {"Authorization": "Bearer t"}]),
    *(Ask(f"/digest-auth/{rest}", varies=own(*DIGEST)) for rest in ["auth/u/p", "auth-int/u/p/SHA-256", "auth/u/p/MD5/never"]),
]  # fmt: skip


@pytest.mark.parametrize("request_", HTTPBIN, ids=str)
def test_httpbin(request_: Ask, httpbin: Application, before: Before) -> None:
    direct = ask(httpbin.url, request_)
    proxied = ask(before(httpbin.url), request_)
    assert differences(request_, direct, proxied) == {}


def test_no_endpoint_of_httpbin_is_left_out() -> None:
    """By its own table of routes."""
    from httpbin import app  # noqa: PLC0415 - slow, and for this test alone

    routes = app.url_map.bind(HOST)
    asked = set()
    for request in HTTPBIN:
        path = request.target.partition("?")[0]
        with suppress(HTTPException):
            asked.add(routes.match(path, request.method)[0])
    assert {rule.endpoint for rule in app.url_map.iter_rules()} - asked == set()


CODINGS = ["gzip", "deflate", "brotli"]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_coded_body_arrives_as_it_was_coded(
    coding: str, httpbin: Application, before: Before
) -> None:
    """The coded bytes hold reflected fields, so they are compared decoded."""
    decode = {
        "gzip": lambda data: zlib.decompress(data, 31),
        "deflate": zlib.decompress,
        "brotli": brotli.decompress,
    }[coding]
    request = Ask(f"/{coding}", fields={"Accept-Encoding": "br, gzip, deflate"})
    for url in (httpbin.url, before(httpbin.url)):
        answer = ask(url, request)
        assert dict(answer.fields)["Content-Length"] == str(len(answer.body))
        shown = json.loads(decode(answer.body))
        assert shown["headers"]["Accept-Encoding"] == "br, gzip, deflate"


def test_trace_is_refused_by_contract(httpbin: Application, before: Before) -> None:
    assert ask(before(httpbin.url), Ask("/anything", "TRACE")).status == 405


def test_every_list_that_allows_a_difference_can_still_find_one() -> None:
    """The comparison itself: what it must not overlook."""
    one = Answer(200, "OK", [("Set-Cookie", "a"), ("Set-Cookie", "b")], b"x")
    swapped = Answer(200, "OK", [("Set-Cookie", "b"), ("Set-Cookie", "a")], b"x")
    request = Ask("/")
    proxied = Answer(200, "OK", [*one.fields, ("Via", "1.1 sidecar")], b"x")
    assert differences(request, one, one) == {}
    assert differences(request, one, proxied) == {}
    assert differences(request, one, swapped).keys() == {"fields"}
    others = [
        (Answer(200, "Fine", one.fields, b"x"), "status"),
        (Answer(200, "OK", [*one.fields, ("Server", "s")], b"x"), "fields"),
        (Answer(200, "OK", [*one.fields, ("Via", "1.1 other")], b"x"), "fields"),
        (Answer(200, "OK", one.fields[:1], b"x"), "fields"),
        (Answer(200, "OK", one.fields, b"y"), "body"),
    ]
    for other, what in others:
        assert differences(request, one, other).keys() == {what}


PATHS = ["/site/", "/site/index.html", "/site", "/empty-folder/", "/", "/empty.txt"]
PATHS += ["/one.bin", "/name%20with%20spaces%20%26%20more.txt", "/per%25cent+plus.txt"]
PATHS += [quote("/näme-✓.txt"), "/archive.tar.gz", "/data.json", "/random.bin"]
PATHS += ["/httpbin/UTF-8-demo.txt", "/httpbin/index.html", "/icons/favicon.ico"]
PATHS += ["/debug/debugger.js", "/debug/style.css", "/debug/console.png", "/debug/"]
PATHS += ["/httpbin/images/pig_icon.png", "/none", "/site/?query", "/%2e%2e/etc/passwd"]
PATHS += ["//site/", "/site//index.html", "/./one.bin", "/site/../one.bin"]
PAST = {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
FUTURE = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}

FILES = [
    *(Ask(path) for path in PATHS),
    *(Ask(path, "HEAD") for path in PATHS),
    *(Ask("/data.json", fields=since) for since in [PAST, FUTURE]),
    *(Ask("/data.json", method) for method in ["DELETE", "OPTIONS", "PROPFIND"]),
    *(Ask("/data.json", method, {}, b"body") for method in ["POST", "PUT"]),
]


@pytest.mark.parametrize("request_", FILES, ids=str)
def test_file_server(request_: Ask, file_server: Application, before: Before) -> None:
    direct = ask(file_server.url, request_)
    proxied = ask(before(file_server.url), request_)
    assert differences(request_, direct, proxied) == {}


PARTS_OF_FILES = ["0-0", "0-99", "100-", "-1", "-1000000", "300000-", "300001-", "9-3"]
BOUNDARY = rb"\d{20}"  # of multipart/byteranges: nginx counts its answers

NGINX = [
    *(Ask(path) for path in PATHS),
    *(Ask(path, "HEAD") for path in PATHS),
    *(Ask(f"/return/{status}") for status in RETURNS),
    *(Ask("/return/200", method) for method in ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT", "PURGE"]),
    *(Ask(f"/{where}/data.json", method) for where in ["gzip", "chunked", "bare"] for method in ["GET", "HEAD"]),
    # An hour from now, in the second of each.
    *(Ask("/expiring/data.json", method, varies=own("Expires")) for method in ["GET", "HEAD"]),
    *(Ask(f"/{where}/{name}", fields={"Accept-Encoding": coding}) for where in ["gzip", "chunked"] for name in ["data.json", "debug/style.css", "empty.txt", "one.bin", "random.bin"] for coding in ["gzip", "identity"]),
    *(Ask(f"/list{path}") for path in ["/", "/httpbin/", "/empty-folder/", "/debug"]),
    Ask("/denied/x"),
    Ask("/absolute"),
    *(Ask("/random.bin", fields={"Range": f"bytes={part}"}) for part in PARTS_OF_FILES),
    Ask("/random.bin", fields={"Range": "bytes=0-4,10-14"}, varies=own("Content-Type"), blur=BOUNDARY),
    Ask("/random.bin", fields={"Range": "lines=0-4"}),
    Ask("/random.bin", fields={"Range": "bytes=0-4", "If-Range": '"another"'}),
    Ask("/random.bin", "HEAD", {"Range": "bytes=0-4"}),
    Ask("/bare/random.bin", fields={"Range": "bytes=0-4"}),
    *(Ask("/data.json", fields=since) for since in [PAST, FUTURE]),
    *(Ask("/data.json", fields={name: value}) for name in ["If-None-Match", "If-Match"] for value in ['"another"', "*", 'W/"a", "b"']),
    Ask("/data.json", fields={"If-Unmodified-Since": PAST["If-Modified-Since"]}),
    Ask("/data.json", "POST", {}, b"not allowed"),
    Ask("/data.json", "POST", {}, b"not allowed " * 20_000),
    Ask("/large.bin"),
]  # fmt: skip


@pytest.mark.parametrize("request_", NGINX, ids=str)
def test_nginx(request_: Ask, nginx: Application, before: Before) -> None:
    direct = ask(nginx.url, request_)
    proxied = ask(before(nginx.url), request_)
    assert differences(request_, direct, proxied) == {}


def test_validators_of_nginx_meet(nginx: Application, before: Before) -> None:
    """What the proxied answer gave is known when it is shown again."""
    url = before(nginx.url)
    fields = dict(ask(url, Ask("/data.json")).fields)
    asked_again = [
        ({"If-None-Match": fields["ETag"]}, 304),
        ({"If-Modified-Since": fields["Last-Modified"]}, 304),
        ({"If-Match": fields["ETag"]}, 200),
        ({"Range": "bytes=1-2", "If-Range": fields["ETag"]}, 206),
    ]
    for shown, status in asked_again:
        request = Ask("/data.json", fields=shown)
        proxied = ask(url, request)
        assert proxied.status == status
        assert differences(request, ask(nginx.url, request), proxied) == {}


WEBDAV = [
    Ask("/uploads/dav/f", "PUT", {}, b"other content"),
    Ask("/uploads/dav/new", "PUT", {}, b"content"),
    Ask("/uploads/dav/new/", "MKCOL"),
    Ask("/uploads/dav/f", "COPY", {"Destination": "/uploads/dav/g"}),
    Ask("/uploads/dav/f", "MOVE", {"Destination": f"http://{HOST}/uploads/dav/g"}),
    Ask("/uploads/dav/f", "DELETE"),
    Ask("/uploads/dav/", "DELETE", {"Depth": "infinity"}),
]


@pytest.mark.parametrize("request_", WEBDAV, ids=str)
def test_webdav(request_: Ask, nginx: Application, before: Before) -> None:
    """Asked twice from the same start; the same is answered, and left behind."""
    folder = nginx.where / "uploads" / "dav"
    answers, left = [], []
    for url in (nginx.url, before(nginx.url)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "f").write_bytes(b"content")
        answers.append(ask(url, request_))
        left.append({path.name: path.stat().st_size for path in folder.glob("*")})
    assert differences(request_, *answers) == {}
    assert left[0] == left[1]
