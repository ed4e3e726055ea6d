"""Responses made lighter, over real sockets: the same bytes come out, and in time."""

import json
import re
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from sidecar.policy.validation import digest, etag
from tests.conftest import Start
from tests.harness.client import DEADLINE, Client, Outcome, get, is_ready, victim
from tests.harness.origin import Origin, Script, Wait, reply
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Response
from tests.wire.bodies import (
    WAYS,
    Body,
    bodies,
    chunked,
    cut,
    dripped,
    whole,
)
from tests.wire.hostile import Hostile, hostile
from tests.wire.undoing import Reader, undone

MIB = 1 << 20
ON = {"compression": {}, "conditional": {}, "fields": {}}
CODINGS = (b"gzip", b"br", b"zstd")


@pytest.fixture
def light(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar({"defaults": ON})


def accepting(coding: bytes) -> bytes:
    return b"Accept-Encoding: " + coding


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("body", bodies(), ids=str)
def test_real_bodies_come_out_as_they_went_in(
    light: Sidecar, origin: Origin, body: Body, way: Callable[[Body], Script]
) -> None:
    origin.script(b"/body", way(body))
    for coding in (b"identity", *CODINGS):
        wanted = coding if body.shrinks and coding != b"identity" else None
        has_tag = way is whole and len(body.content) <= MIB
        response = in_time(
            partial(get, light.port, b"/body", accepting(coding)),
            partial(is_as_wanted, wanted, has_tag),
        )
        assert response.status == 200
        assert undone(response) == body.content
        said = response.one(b"content-encoding")
        assert said == wanted
        assert (response.one(b"vary") == b"Accept-Encoding") is body.shrinks
        if said is not None:
            assert len(response.body) < len(body.content)
        tag = response.one(b"etag")
        assert tag is not None or not has_tag
        if tag is not None:
            has_it(light, tag, coding)


def is_as_wanted(coding: bytes | None, has_tag: bool, one: Response) -> bool:  # noqa: FBT001
    if one.one(b"content-encoding") != coding:
        return False
    return one.one(b"etag") is not None or not has_tag


def in_time(ask: Callable[[], Outcome], is_so: Callable[[Response], bool]) -> Response:
    """The response to one who asks until it is so.

    On a busy machine a content may take too long to get a tag, and the event loop
    may be too late for anything to be compressed.
    """
    last = time.monotonic() + DEADLINE
    while True:
        outcome = ask()
        assert outcome.wrong is None, outcome
        (response,) = outcome.responses
        if is_so(response) or time.monotonic() > last:
            return response


def has_it(light: Sidecar, tag: bytes, coding: bytes, target: bytes = b"/body") -> None:
    listed = b'If-None-Match: "x", ' + tag
    response = in_time(
        partial(get, light.port, target, accepting(coding), listed),
        lambda one: one.status == 304,
    )
    assert (response.status, bytes(response.body), response.one(b"etag")) == (
        304,
        b"",
        tag,
    )
    names = {name.lower() for name, _ in response.fields}
    assert names <= {b"etag", b"vary", b"date", b"via", b"x-request-id"}


def events(light: Sidecar, origin: Origin, *fields: bytes) -> Outcome:
    """Fifty events; each is written when the client has read the one before."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    texts = [b"data: event %d\n\n" % number for number in range(50)]
    steps: list[bytes | Wait] = [head]
    for number, text in enumerate(texts):
        steps += [b"%x\r\n%b\r\n" % (len(text), text), Wait(f"read {number}")]
    origin.script(b"/events", (*steps, b"0\r\n\r\n"))
    lines = [b"GET /events HTTP/1.1", b"Host: t", *fields]
    with Client(light.port) as client:
        client.send(b"\r\n".join(lines) + b"\r\n\r\n")
        begun = client.read_bytes(b"\r\n\r\n").partition(b"\r\n\r\n")[0].lower()
        coding = next((c for c in CODINGS if b"content-encoding: " + c in begun), None)
        for number in range(len(texts)):
            await_text(client, coding, b"".join(texts[: number + 1]))
            origin.release(f"read {number}")
        outcome = client.read(1)
    assert outcome.wrong is None
    assert (coding is not None) is bool(fields)
    return outcome


def await_text(client: Client, coding: bytes | None, text: bytes) -> None:
    last = time.monotonic() + DEADLINE
    while Reader(coding).read(unchunked(bytes(client.raw))) != text:
        assert time.monotonic() < last, bytes(client.raw)
        is_ready(client.sock, 1.0)
        client.pull()


def unchunked(raw: bytes) -> bytes:
    """What is there of the body of a response that may not be complete."""
    found, raw = b"", raw.partition(b"\r\n\r\n")[2]
    while raw:
        size, end, rest = raw.partition(b"\r\n")
        length = int(size, 16) if size else 0
        if not end or len(rest) < length + 2:
            break
        found += rest[:length]
        raw = rest[length + 2 :]
    return found


@pytest.mark.parametrize("coding", [None, *CODINGS])
def test_an_event_is_there_before_the_next_is_written(
    shared_sidecar: Start, origin: Origin, coding: bytes | None
) -> None:
    compression = {"types": ["text/event-stream"], "min_size": 1}
    light = shared_sidecar({"defaults": {**ON, "compression": compression}})
    fields = [] if coding is None else [accepting(coding)]
    (response,) = events(light, origin, *fields).responses
    assert undone(response).endswith(b"data: event 49\n\n")
    assert response.one(b"etag") is None


def test_a_body_that_takes_its_time_is_not_waited_for(
    light: Sidecar, origin: Origin
) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\n\r\n"
    )
    origin.script(b"/slow", (head + b"a" * 1000, Wait("seen"), b"b" * 1000))
    with Client(light.port) as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        client.read_bytes(b"a" * 1000)
        origin.release("seen")
        (response,) = client.read(1).responses
    assert response.body == b"a" * 1000 + b"b" * 1000
    assert response.one(b"etag") is None


@pytest.mark.parametrize("tag", [None, b'"o"'])
def test_a_long_body_that_takes_its_time(
    light: Sidecar, origin: Origin, tag: bytes | None
) -> None:
    content = bytes(range(256)) * 4000
    fields = [b"Content-Type: image/png", *([] if tag is None else [b"ETag: " + tag])]
    answer = reply(content, *fields)
    at = answer.index(content) + 700_000
    origin.script(b"/long", (answer[:at], Wait("seen"), answer[at:]))
    with Client(light.port) as client:
        client.send(b"GET /long HTTP/1.1\r\nHost: t\r\n\r\n")
        client.read_bytes(content[:700_000])
        origin.release("seen")
        (response,) = client.read(1).responses
    assert response.body == content
    assert response.one(b"etag") == tag


def test_a_long_body_in_pieces_gets_a_tag(light: Sidecar, origin: Origin) -> None:
    content = bytes(range(256)) * 4096
    answer = reply(content, b"Content-Type: image/png")
    origin.script(b"/pieces", dripped(*cut(answer)))
    response = in_time(
        partial(get, light.port, b"/pieces"),
        lambda one: one.one(b"etag") == etag(digest(content)),
    )
    assert response.body == content
    has_it(light, etag(digest(content)), b"identity", b"/pieces")


def test_a_short_one_in_two_pieces_is(light: Sidecar, origin: Origin) -> None:
    pieces = reply(b"x" * 3000, b"Content-Type: text/plain")
    origin.script(b"/two", dripped(pieces[:500], pieces[500:]))
    response = in_time(
        partial(get, light.port, b"/two", accepting(b"br")),
        lambda one: one.one(b"etag") is not None,
    )
    assert undone(response) == b"x" * 3000
    assert response.one(b"content-length") == b"%d" % len(response.body)
    assert (response.one(b"etag") or b"").endswith(b'-br"')


def test_the_origin_is_asked_in_its_own_tags(light: Sidecar, origin: Origin) -> None:
    origin.script(b"/tagged", b'HTTP/1.1 304 Not Modified\r\nETag: "o"\r\n\r\n')
    fields = accepting(b"gzip, br"), b'If-None-Match: "p-br", "o-gzip"'
    (response,) = get(light.port, b"/tagged", *fields).responses
    assert (response.status, response.one(b"etag")) == (304, b'"o-gzip"')
    (received,) = origin.take()
    assert received.request.one(b"if-none-match") == b'"p", "o"'


@pytest.mark.parametrize("coding", [None, *CODINGS])
@pytest.mark.parametrize("framing", [b"length", b"chunks", b"drips"])
def test_a_large_body_that_the_client_has_is_not_sent_again(
    shared_sidecar: Start, origin: Origin, coding: bytes | None, framing: bytes
) -> None:
    """The origin has validators, and looks at no condition."""
    light = shared_sidecar({"defaults": {**ON, "conditional": {"max_size": "100KiB"}}})
    content = b" ".join(b"%d" % (number * number) for number in range(40_000))
    fields = b'Content-Type: text/plain\r\nETag: "o"\r\n'
    start = b"HTTP/1.1 200 OK\r\n" + fields
    if framing == b"length":
        steps: Script = (
            start + b"Content-Length: %d\r\n\r\n" % len(content) + content,
        )
    elif framing == b"chunks":
        head = start + b"Transfer-Encoding: chunked\r\n\r\n"
        steps = (head + b"".join(chunked(cut(content))),)
    else:
        head = start + b"Transfer-Encoding: chunked\r\n\r\n"
        steps = dripped(head, *chunked(cut(content)))
    origin.script(b"/large", steps)
    accepts = [] if coding is None else [accepting(coding)]
    (first,) = get(light.port, b"/large", *accepts).responses
    assert undone(first) == content
    tag = first.one(b"etag") or b""
    assert tag == (b'"o"' if coding is None else b'"o-%b"' % coding)
    with Client(light.port, methods=(b"GET", b"GET", b"GET")) as client:
        for condition in (b'"x", ' + tag, b"W/" + tag, b'"x"'):
            lines = (b"GET /large HTTP/1.1", b"Host: t", b"If-None-Match: " + condition)
            client.send(b"\r\n".join([*lines, *accepts, b"", b""]))
        outcome = client.read(3)
    assert outcome.wrong is None, outcome
    once, weakly, other = outcome.responses
    for one in (once, weakly):
        assert (one.status, bytes(one.body)) == (304, b"")
    assert once.one(b"etag") == tag
    assert (other.status, undone(other)) == (200, content)


def test_head_says_what_get_says(light: Sidecar, origin: Origin) -> None:
    body = b"a text " * 500
    whole_reply = reply(body, b"Content-Type: text/plain", b'ETag: "o"')
    origin.script(
        b"/head", whole_reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", whole_reply
    )
    with Client(light.port, methods=(b"HEAD", b"GET")) as client:
        for method in (b"HEAD", b"GET"):
            client.send(
                method + b" /head HTTP/1.1\r\nHost: t\r\nAccept-Encoding: br\r\n\r\n"
            )
        head, got = client.read(2).responses
    known = {b"content-type", b"content-encoding", b"etag", b"vary"}
    assert [f for f in head.fields if f[0].lower() in known] == [
        f for f in got.fields if f[0].lower() in known
    ]
    assert head.one(b"content-encoding") == b"br"


@pytest.mark.parametrize("stored", [b"max-age=60", b"no-store"])
def test_head_says_nothing_else_of_a_selection(
    shared_sidecar: Start, origin: Origin, stored: bytes
) -> None:
    sidecar = shared_sidecar(
        {
            "defaults": {
                "cache": {},
                "compression": {"min_size": 100},
                "conditional": {"etag": True},
                "fields": {"parameter": "fields"},
            }
        }
    )
    document = b'{"a": 1, "b": "%b"}' % (b"x" * 500)
    fields = (b"Content-Type: application/json", b"Cache-Control: " + stored)
    whole_reply = reply(document, b'ETag: "whole"', *fields)
    head_reply = whole_reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    path = b"/selection-" + stored
    origin.script(path, whole_reply, head_reply)
    request = b"%b " + path + b"?fields=a HTTP/1.1\r\nHost: t\r\n\r\n"
    with Client(sidecar.port, methods=(b"GET", b"HEAD")) as client:
        client.ask(request % b"GET")
        got, head = client.ask(request % b"HEAD", 2).responses
    assert got.body == b'{"a":1}'
    for name in (b"content-length", b"etag"):
        assert head.one(name) in {got.one(name), None}
    assert (head.one(b"etag") is None) is (stored == b"no-store")


def test_ranges(light: Sidecar, origin: Origin) -> None:
    body = bytes(range(256)) * 10
    origin.script(b"/range", reply(body, b"Content-Type: text/plain"))
    (one,) = get(
        light.port, b"/range", b"Range: bytes=10-19", accepting(b"br")
    ).responses
    assert (one.status, bytes(one.body)) == (206, body[10:20])
    (several,) = get(light.port, b"/range", b"Range: bytes=0-1,-2").responses
    assert several.status == 206
    assert (several.one(b"content-type") or b"").startswith(b"multipart/byteranges")
    assert body[-2:] in several.body
    (none,) = get(light.port, b"/range", b"Range: bytes=99999-").responses
    assert (none.status, none.one(b"content-range")) == (416, b"bytes */2560")
    tag = one.one(b"etag") or b""
    (again,) = get(
        light.port, b"/range", b"Range: bytes=0-0", b"If-Range: " + tag
    ).responses
    assert (again.status, bytes(again.body)) == (206, body[:1])
    (other,) = get(
        light.port, b"/range", b"Range: bytes=0-0", b'If-Range: "x"'
    ).responses
    assert (other.status, bytes(other.body)) == (200, body)


def test_a_part_of_the_origin_s_is_passed_on(light: Sidecar, origin: Origin) -> None:
    part = reply(
        b"a" * 2000,
        b"Content-Type: text/plain",
        b"Content-Range: bytes 0-1999/9000",
        status=b"206 Partial Content",
    )
    origin.script(b"/part", part)
    (response,) = get(
        light.port, b"/part", b"Range: bytes=0-1999", accepting(b"br")
    ).responses
    assert (response.status, bytes(response.body)) == (206, b"a" * 2000)
    assert response.one(b"content-encoding") is None


def test_selection(light: Sidecar, origin: Origin) -> None:
    document = [{"id": n, "name": {"first": "a", "last": "b"}} for n in range(200)]
    content = json.dumps(document).encode()
    script = b"".join(
        [
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            *chunked(cut(content)),
        ]
    )
    origin.script(b"/json", dripped(script[:700], script[700:]))
    (response,) = get(
        light.port, b"/json?fields=id,name(first)&q=1", accepting(b"gzip")
    ).responses
    assert json.loads(undone(response)) == [
        {"id": n, "name": {"first": "a"}} for n in range(200)
    ]
    (received,) = origin.take()
    assert received.request.target == b"/json?q=1"
    tag = response.one(b"etag") or b""
    assert tag.endswith(b'-gzip"')
    again = get(
        light.port,
        b"/json?fields=id,name(first)&q=1",
        accepting(b"gzip"),
        b"If-None-Match: " + tag,
    )
    assert again.status == 304


@pytest.mark.parametrize("one", hostile(), ids=str)
def test_hostile_contents_hold_up_nobody(
    light: Sidecar, origin: Origin, one: Hostile
) -> None:
    origin.script(b"/", one.script)
    before = light.memory()
    asking = [
        threading.Thread(target=partial(get, light.port, one.target, *one.fields))
        for _ in range(4)
    ]
    for thread in asking:
        thread.start()
    while any(thread.is_alive() for thread in asking):
        victim(light.port)
    for thread in asking:
        thread.join()
    victim(light.port)
    assert light.memory() - before < 96 * MIB


def test_what_cannot_be_selected_from_passes_unchanged(
    light: Sidecar, origin: Origin
) -> None:
    for script, content in ((b"[" * 100_000, b"[" * 100_000), (b"<p>", b"<p>")):
        origin.script(b"/odd", reply(script, b"Content-Type: application/json"))
        (response,) = get(light.port, b"/odd?fields=a").responses
        assert (response.status, bytes(response.body)) == (200, content)


def test_what_was_done_is_counted(own_sidecar: Start, origin: Origin) -> None:
    light = own_sidecar({"defaults": ON})
    origin.script(b"/count", reply(b"text " * 1000, b"Content-Type: text/plain"))
    (response,) = get(light.port, b"/count", accepting(b"br")).responses
    get(
        light.port,
        b"/count",
        accepting(b"br"),
        b"If-None-Match: " + (response.one(b"etag") or b""),
    )
    get(light.port, b"/count")
    text = get(light.health, b"/metrics").responses[0].body.decode()
    assert re.findall(
        r"^sidecar_(?:compression_[bs]|not)\S* \S+$", text, re.MULTILINE
    ) == [
        'sidecar_compression_bytes_total{coding="br",side="in"} 5000',
        f'sidecar_compression_bytes_total{{coding="br",side="out"}} {response.size}',
        'sidecar_compression_skipped_total{reason="not_accepted"} 1',
        'sidecar_not_modified_total{route="default"} 1',
    ]
