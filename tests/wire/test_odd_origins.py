"""Responses made lighter where the origin is odd: nobody gets what is not theirs."""

import gzip
from functools import partial

import brotli
import pytest
import zstandard

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Response

ON = {"compression": {}, "conditional": {}, "fields": {}}
TEXT = b"Content-Type: text/plain"
JSON = b"Content-Type: application/json"
GZIP = b"Accept-Encoding: gzip"
CODED = {
    b"gzip": partial(gzip.compress, mtime=0),
    b"br": brotli.compress,
    b"zstd": zstandard.compress,
}
LONG = b"The same again and again. " * 100


@pytest.fixture
def light(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar({"defaults": ON})


def ask(sidecar: Sidecar, target: bytes, *fields: bytes) -> Response:
    outcome = get(sidecar.port, target, *fields)
    assert len(outcome.responses) == 1, outcome
    return outcome.responses[0]


def test_a_tag_without_an_end_confirms_no_other(light: Sidecar, origin: Origin) -> None:
    origin.script(b"/cut", reply(LONG, TEXT, b'ETag: "v1'))
    before = ask(light, b"/cut", GZIP).one(b"etag") or b""
    origin.script(b"/cut", reply(LONG + b"!", TEXT, b'ETag: "v2'))
    response = ask(light, b"/cut", GZIP, b"If-None-Match: " + before)
    assert response.status == 200


@pytest.mark.parametrize(
    ("rule", "content", "kind"),
    [
        ("a number that nothing holds", b'{"a":1,"b":1e%b}' % (b"9" * 40), JSON),
        ("one that becomes none", b'{"a":1e-400,"b":2}', JSON),
        (
            "letters that JSON is not written in",
            '{"a":"é","b":2}'.encode("utf-16"),
            JSON + b"; charset=utf-16",
        ),
    ],
)
def test_what_cannot_be_selected_from(
    light: Sidecar, origin: Origin, rule: str, content: bytes, kind: bytes
) -> None:
    origin.script(b"/odd", reply(content, kind))
    response = ask(light, b"/odd?fields=a")
    assert (response.status, bytes(response.body)) == (200, content), rule


def test_of_what_is_coded_one_part_or_all(light: Sidecar, origin: Origin) -> None:
    coded = gzip.compress(LONG, mtime=0)
    origin.script(b"/coded", reply(coded, TEXT, b"Content-Encoding: gzip"))
    several = ask(light, b"/coded", GZIP, b"Range: bytes=0-4,-5")
    assert (several.status, bytes(several.body)) == (200, coded)
    one = ask(light, b"/coded", GZIP, b"Range: bytes=0-4")
    assert (one.status, bytes(one.body)) == (206, coded[:5])


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("accepts", [b"identity", b"br", b"gzip"])
@pytest.mark.parametrize("query", [b"", b"?fields=a"])
def test_a_head_of_what_comes_coded(
    light: Sidecar, origin: Origin, coding: bytes, accepts: bytes, query: bytes
) -> None:
    document = b'{"a":1,"b":"%b"}' % (b"x" * 4000)
    said = JSON, b'ETag: "o"', b"Content-Encoding: " + coding
    whole = reply(CODED[coding](document), *said)
    path = b"/head-" + coding
    fields = [b"Host: t", b"Accept-Encoding: " + accepts]
    named = b'If-None-Match: "o"'
    found = []
    for method, more in (
        (b"GET", []),
        (b"HEAD", []),
        (b"GET", [named]),
        (b"HEAD", [named]),
    ):
        head, end, _ = whole.partition(b"\r\n\r\n")
        origin.script(path, whole if method == b"GET" else head + end)
        lines = [method + b" " + path + query + b" HTTP/1.1", *fields, *more]
        with Client(light.port, methods=(method,)) as client:
            (one,) = client.ask(b"\r\n".join([*lines, b"", b""])).responses
        found.append(one)
    got, known, got_again, known_again = found
    for name in (b"content-type", b"etag", b"content-length"):
        assert known.one(name) in {got.one(name), None}, name
    if not query:
        assert known.one(b"content-encoding") == got.one(b"content-encoding")
        assert known.one(b"etag") == got.one(b"etag")
    assert known_again.status in {got_again.status, 200}


def test_who_gets_none_of_it_may_not_keep_that(light: Sidecar, origin: Origin) -> None:
    origin.script(b"/kept", reply(LONG, TEXT, b"Cache-Control: max-age=600"))
    response = ask(light, b"/kept", b"Range: bytes=99999-")
    assert (response.status, response.one(b"cache-control")) == (416, None)


def test_who_has_it_undone_is_told_its_own_tag(light: Sidecar, origin: Origin) -> None:
    """The origin's strong one is of bytes that this client never saw."""
    origin.script(b"/undone", b'HTTP/1.1 304 Not Modified\r\nETag: "o"\r\n\r\n')
    fields = b"Accept-Encoding: identity", b'If-None-Match: W/"o"'
    response = ask(light, b"/undone", *fields)
    assert (response.status, response.one(b"etag")) == (304, b'W/"o"')


def test_a_script_elsewhere_may_read_that_it_has_it(
    light: Sidecar, origin: Origin
) -> None:
    allowed = b"https://shop.example"
    cors = b"Access-Control-Allow-Origin: " + allowed
    origin.script(b"/cors", reply(LONG, TEXT, cors, b'ETag: "o"'))
    response = ask(light, b"/cors", b'If-None-Match: "o"')
    assert response.status == 304
    assert response.one(b"access-control-allow-origin") == allowed
