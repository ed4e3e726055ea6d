"""The cache, seen from both ends of the wire."""

import gzip
import threading
from collections.abc import Callable
from functools import partial

import pytest

from tests.conftest import Start
from tests.harness.client import Client, Outcome, get, play
from tests.harness.origin import Origin, Wait, reply
from tests.harness.ports import reserved_port
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Response
from tests.wire.undoing import undone

MAX_AGE = b"Cache-Control: max-age=60"
STALE_IF_ERROR = b"Cache-Control: max-age=0, stale-if-error=600"
CROWD = 1000
GET = b"GET %b HTTP/1.1\r\nHost: t\r\n\r\n"


@pytest.fixture
def caching(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(
        {
            "defaults": {
                "retry": "off",
                "cache": {},
                "conditional": {"etag": True},
                "compression": {"min_size": 100},
            }
        }
    )


def ask(sidecar: Sidecar, path: bytes, *fields: bytes) -> Response:
    outcome = get(sidecar.port, path, *fields)
    assert len(outcome.responses) == 1, outcome
    return outcome.responses[0]


def said(response: Response) -> str:
    return (response.one(b"cache-status") or b"").decode()


def in_flight(sidecar: Sidecar) -> int:
    metrics = get(sidecar.health, b"/metrics").responses[0].body.decode()
    return sum(
        int(float(line.split()[-1]))
        for line in metrics.splitlines()
        if line.startswith("http_requests_in_flight{")
    )


def has(client: Client, data: bytes) -> bool:
    client.pull()
    return data in client.raw


def in_background(work: Callable[[], list[Outcome]]) -> Callable[[], list[Outcome]]:
    """Begin it on a thread; what waits for its end."""
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.extend(work()))
    thread.start()

    def result() -> list[Outcome]:
        thread.join(60)
        return found

    return result


def test_a_stored_response_answers(caching, origin):
    origin.script(b"/hit", reply(b"one", MAX_AGE), reply(b"two", MAX_AGE))
    first, second = ask(caching, b"/hit"), ask(caching, b"/hit")
    assert first.body == second.body == b"one"
    assert "fwd=uri-miss" in said(first)
    assert said(second).startswith("sidecar; hit; ttl=")
    assert first.one(b"age") is None
    assert 0 <= int(second.one(b"age") or -1) < 60
    assert len(origin.take()) == 1


def test_one_request_of_a_thousand_clients(caching, origin):
    origin.script(b"/crowd", [Wait("crowd"), reply(b"all the same", MAX_AGE)])
    result = in_background(
        lambda: play(
            caching.port, [(GET % b"/crowd",)] * CROWD, responses=1, at_once=CROWD
        )
    )
    await_condition(lambda: in_flight(caching) == CROWD, 60)
    origin.release("crowd")
    outcomes = result()
    assert len(outcomes) == CROWD
    assert {bytes(o.responses[0].body) for o in outcomes} == {b"all the same"}
    collapsed = sum("collapsed" in said(o.responses[0]) for o in outcomes)
    assert collapsed == CROWD - 1
    assert len(origin.take()) == 1


def test_a_leader_that_leaves_costs_one_more_request(caching, origin):
    origin.script(b"/left", [Wait("left"), reply(b"same", MAX_AGE)])
    leader = Client(caching.port)
    leader.send(GET % b"/left")
    assert origin.wait_for(lambda: len(origin.received) == 1)
    result = in_background(
        lambda: play(caching.port, [(GET % b"/left",)] * 50, responses=1, at_once=50)
    )
    await_condition(lambda: in_flight(caching) == 51)
    leader.close()
    assert origin.wait_for(lambda: len(origin.received) == 2)
    origin.release("left")
    assert {bytes(o.responses[0].body) for o in result()} == {b"same"}
    assert len(origin.take()) == 2


def test_followers_read_along(caching, origin):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + MAX_AGE + b"\r\n\r\n"
    # Letters that no identifier in a head has.
    origin.script(b"/along", [head + b"uvw", Wait("rest"), b"xyz"])
    clients = [Client(caching.port) for _ in range(5)]
    for client in clients:
        client.send(GET % b"/along")
    for client in clients:
        await_condition(partial(has, client, b"uvw"))
    assert not any(b"xyz" in client.raw for client in clients)
    origin.release("rest")
    for client in clients:
        assert client.read(1).responses[0].body == b"uvwxyz"
        client.close()
    assert len(origin.take()) == 1


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("private", (b"Cache-Control: private, max-age=60",)),
        ("no-store", (b"Cache-Control: no-store, max-age=60",)),
        ("a cookie", (MAX_AGE, b"Set-Cookie: u=1")),
        ("varies by anything", (MAX_AGE, b"Vary: *")),
        ("says nothing", ()),
    ],
)
def test_what_is_one_clients_is_no_others(caching, origin, rule, fields):
    path = b"/private-" + rule.encode().replace(b" ", b"-")
    own = [[Wait("own"), reply(b"%d" % n, *fields)] for n in range(20)]
    origin.script(path, *own)
    result = in_background(
        lambda: play(caching.port, [(GET % path,)] * 20, responses=1, at_once=20)
    )
    await_condition(lambda: in_flight(caching) == 20)
    origin.release("own")
    bodies = {bytes(o.responses[0].body) for o in result()}
    assert bodies == {b"%d" % n for n in range(20)}, rule


def test_codings_parts_and_conditions_of_one_stored_response(caching, origin):
    text = b"all work and no play " * 100
    fields = (
        MAX_AGE,
        b"Content-Type: text/plain",
        b'ETag: "a"',
        b"Vary: Accept-Encoding",
    )
    origin.script(b"/ways", reply(text, *fields))
    plain = ask(caching, b"/ways")
    zipped = ask(caching, b"/ways", b"Accept-Encoding: gzip")
    part = ask(caching, b"/ways", b"Range: bytes=4-7")
    known = ask(caching, b"/ways", b'If-None-Match: "a"')
    coded = zipped.one(b"etag") or b""
    known_coded = ask(
        caching, b"/ways", b"Accept-Encoding: gzip", b"If-None-Match: " + coded
    )
    assert plain.body == text
    assert zipped.one(b"content-encoding") == b"gzip"
    assert gzip.decompress(bytes(zipped.body)) == text
    assert part.status == 206
    assert part.body == b"work"
    assert (known.status, known_coded.status) == (304, 304)
    assert all("hit" in said(one) for one in (zipped, part, known, known_coded))
    (received,) = origin.take()
    assert received.request.one(b"accept-encoding") is None


@pytest.mark.parametrize(
    ("rule", "fields", "coding"),
    [
        ("as it is stored", (b"Accept-Encoding: gzip",), b"gzip"),
        ("no word of codings", (), None),
        ("none is wanted", (b"Accept-Encoding: identity",), None),
        ("nothing is wanted", (b"Accept-Encoding:",), None),
        ("another", (b"Accept-Encoding: br",), b"br"),
        ("any other", (b"Accept-Encoding: gzip;q=0, *",), b"zstd"),
    ],
)
def test_a_stored_coding_is_only_for_who_reads_it(
    caching, origin, rule, fields, coding
):
    path = b"/coded-" + rule.encode().replace(b" ", b"-")
    text = b"all work and no play " * 100
    coded = (MAX_AGE, b"Content-Encoding: gzip", b"Content-Type: text/plain")
    vary = b"Vary: Accept-Encoding"
    origin.script(path, reply(gzip.compress(text), *coded, vary))
    ask(caching, path, b"Accept-Encoding: gzip")
    for _ in range(3):
        found = ask(caching, path, *fields)
        assert "hit" in said(found)
        assert found.one(b"content-encoding") == coding, rule
        assert undone(found) == text, rule


def test_who_accepts_no_coding_is_not_who_says_nothing_of_any(caching, origin):
    """To whom any is welcome, as far as the origin does not look at it."""
    text = b"all work and no play " * 100
    coded = (MAX_AGE, b"Content-Encoding: gzip", b"Content-Type: text/plain")
    origin.script(b"/silent", reply(gzip.compress(text), *coded))
    for _ in range(2):
        assert ask(caching, b"/silent").one(b"content-encoding") == b"gzip"
        found = ask(caching, b"/silent", b"Accept-Encoding:")
        assert found.one(b"content-encoding") is None
        assert found.body == text


@pytest.mark.parametrize(
    ("rule", "fields", "status", "etag"),
    [
        ("of the coding", (), 304, b'"a-gzip"'),
        ("of it, and none wanted now", (b"X-No-Compression: 1",), 304, b'"a-gzip"'),
        ("of a coding of another", (), 200, b'"a-gzip"'),
    ],
)
def test_a_304_is_about_what_the_client_has(
    caching, origin, rule, fields, status, etag
):
    path = b"/has-" + rule.encode().replace(b" ", b"-")
    plain = (MAX_AGE, b"Content-Type: text/plain", b'ETag: "a"')
    origin.script(path, reply(b"all work and no play " * 100, *plain))
    ask(caching, path, b"Accept-Encoding: gzip")
    ask(caching, path, b"Accept-Encoding: gzip", *fields)
    has = b'"a-gzip-gzip"' if status == 200 else b'"a-gzip"'
    found = ask(
        caching, path, b"Accept-Encoding: gzip", b"If-None-Match: " + has, *fields
    )
    assert (found.status, found.one(b"etag")) == (status, etag), rule


def test_a_cookie_for_one_is_not_everybodys(caching, origin):
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nSet-Cookie: own=1\r\n"
        b'Cache-Control: max-age=60, no-cache="Set-Cookie"\r\n\r\n'
    )
    origin.script(b"/cookie", [head + b"uvw", Wait("cookie"), b"xyz"])
    with Client(caching.port) as leader, Client(caching.port) as follower:
        leader.send(GET % b"/cookie")
        await_condition(partial(has, leader, b"uvw"))
        follower.send(GET % b"/cookie")
        await_condition(lambda: in_flight(caching) == 2)
        origin.release("cookie")
        own, others = leader.read(1).responses[0], follower.read(1).responses[0]
    assert own.body == others.body == b"uvwxyz"
    assert (own.one(b"set-cookie"), others.one(b"set-cookie")) == (b"own=1", None)
    assert len(origin.take()) == 1


def test_what_varies_by_the_clients_address_is_not_stored(caching, origin):
    """The origin reads it from the field that we write."""
    own = [reply(b"%d" % n, MAX_AGE, b"Vary: X-Forwarded-For") for n in range(2)]
    origin.script(b"/near", *own)
    bodies = [
        bytes(get(caching.port, b"/near", source=source).responses[0].body)
        for source in ("127.0.0.1", "127.0.0.2")
    ]
    assert bodies == [b"0", b"1"]


def test_a_field_that_ends_here_chooses_nothing_for_others(caching, origin):
    """The origin did not see it, so that it is no word about who sends it."""
    vary = (MAX_AGE, b"Vary: Accept-Language")
    origin.script(b"/hop", reply(b"any", *vary), reply(b"german", *vary))
    german = b"Accept-Language: de"
    assert ask(caching, b"/hop", german, b"Connection: accept-language").body == b"any"
    assert ask(caching, b"/hop", german).body == b"german"


@pytest.mark.parametrize("wish", [b"max-age=0", b"min-fresh=3600"])
def test_who_wants_something_fresher_does_not_read_along(caching, origin, wish):
    path = b"/fresher-" + wish
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + MAX_AGE + b"\r\n\r\n"
    origin.script(path, [head + b"uvw", Wait("fresher"), b"xyz"], reply(b"new"))
    with Client(caching.port) as leader:
        leader.send(GET % path)
        await_condition(partial(has, leader, b"uvw"))
        assert ask(caching, path, b"Cache-Control: " + wish).body == b"new"
        origin.release("fresher")
        assert leader.read(1).responses[0].body == b"uvwxyz"


def test_who_comes_after_a_change_does_not_read_along_what_was_before(caching, origin):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + MAX_AGE + b"\r\n\r\n"
    old = [head + b"uvw", Wait("change"), b"xyz"]
    origin.script(b"/change", old, reply(b"done"), reply(b"new", MAX_AGE))
    with Client(caching.port) as leader:
        leader.send(GET % b"/change")
        await_condition(partial(has, leader, b"uvw"))
        with Client(caching.port, methods=(b"POST",)) as client:
            change = b"POST /change HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
            assert client.ask(change).responses[0].body == b"done"
        assert ask(caching, b"/change").body == b"new"
        origin.release("change")
        assert leader.read(1).responses[0].body == b"uvwxyz"
    assert ask(caching, b"/change").body == b"new"


def test_what_does_not_count_is_in_nobodys_answer(shared_sidecar, origin):
    key = {"query": {"except": ["utm_source"]}}
    sidecar = shared_sidecar({"defaults": {"cache": {"ttl": "1h", "key": key}}})
    first = ask(sidecar, b"/counts?b=1&utm_source=%3Cscript%3E&a=2")
    second = ask(sidecar, b"/counts?a=2&b=1")
    assert said(second).startswith("sidecar; hit")
    assert first.body == second.body
    (received,) = origin.take()
    assert received.request.target == b"/counts?a=2&b=1"
    for head in (b"Range: bytes=0-0", b"Cache-Control: no-cache"):
        ask(sidecar, b"/counts?utm_source=x", head)
    partial, anew = origin.take()
    assert partial.request.target == b"/counts?utm_source=x"
    assert anew.request.target == b"/counts"


def test_an_unsafe_request_invalidates(caching, origin):
    origin.script(
        b"/thing",
        reply(b"old", MAX_AGE),
        reply(b"", status=b"204 No Content"),
        reply(b"new", MAX_AGE),
    )
    assert ask(caching, b"/thing").body == b"old"
    with Client(caching.port, methods=(b"POST",)) as client:
        client.ask(b"POST /thing HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx")
    assert ask(caching, b"/thing").body == b"new"


def test_a_backend_that_is_killed_and_comes_back(own_sidecar, engine):
    port = reserved_port()
    with Origin(port=port) as backend:
        sidecar = own_sidecar(
            {
                "upstreams": {"default": {"url": backend.url}},
                "defaults": {"retry": "off", "cache": {}},
            }
        )
        backend.script(b"/fresh", reply(b"fresh", MAX_AGE))
        backend.script(b"/stale", reply(b"stale", STALE_IF_ERROR, b'ETag: "a"'))
        assert ask(sidecar, b"/fresh").body == b"fresh"
        assert ask(sidecar, b"/stale").body == b"stale"
    for _ in range(50):
        assert said(ask(sidecar, b"/fresh")).startswith("sidecar; hit")
        stale = ask(sidecar, b"/stale")
        assert stale.status == 200
        assert stale.body == b"stale"
        assert "detail=stale-if-error" in said(stale)
    assert ask(sidecar, b"/other").status in {502, 503}
    with Origin(port=port) as backend:
        backend.script(b"/stale", reply(b"again", MAX_AGE))
        await_condition(lambda: ask(sidecar, b"/stale").body == b"again")
        assert said(ask(sidecar, b"/stale")).startswith("sidecar; hit")


def test_a_reload_holds_for_what_is_stored(own_sidecar, origin):
    cache = {"defaults": {"cache": {}, "compression": {"min_size": 100}}}
    sidecar = own_sidecar(cache)
    path, gzipped = b"/reloaded", b"Accept-Encoding: gzip"
    origin.script(path, reply(b"a" * 1000, MAX_AGE, b"Content-Type: text/plain"))
    assert ask(sidecar, path, gzipped).one(b"content-encoding") == b"gzip"
    sidecar.configure({"defaults": {"compression": "off"}})
    reload = b"POST /config/reload HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % sidecar.admin
    reload += b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with Client(sidecar.admin, methods=(b"POST",)) as client:
        assert client.ask(reload).responses[0].status == 200
    await_condition(
        lambda: ask(sidecar, path, gzipped).one(b"content-encoding") is None
    )
    assert len(origin.take()) == 1
