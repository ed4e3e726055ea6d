"""Forwarding for several: who asks, who waits, what is stored, what breaks off."""

import asyncio
import gc
import gzip
import math
import time
from dataclasses import replace

import pytest

from sidecar.errors import ConnectionRefused, ResponseIncomplete, ResponseStalled
from sidecar.policy.freshness import Rules
from sidecar.proxy.cache_shared import Storing
from sidecar.proxy.clock import Clock
from sidecar.proxy.phases import OPEN
from sidecar.proxy.rendering import AS_IT_IS
from sidecar.storage.entry import Entry, Stored
from sidecar.telemetry.metrics import Metrics
from sidecar.units import Instant, Timestamp
from tests.proxy.cache_script import KEY, Hands, Scene
from tests.proxy.lightened import TEXT, Light
from tests.proxy.script import But, Client, Connection, Proxy, request, response, route
from tests.storage.entries import stored

MAX_AGE = (b"Cache-Control", b"max-age=60")
ETAG = (b"ETag", b'"a"')


class Slow(Connection):
    """Others come while it makes up its mind."""

    async def response(self, due, interim):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return await super().response(due, interim)


def answer(*fields, body=b"ab", status=200, at_once=True):
    pieces = [body] if body else []
    head = response(status, list(fields), content_length=len(body))
    return Slow([head, *pieces], at_once=len(pieces) if at_once else 0)


class At:
    """A cached route, and the connections of its upstream."""

    def __init__(self, *connections, **options):
        options.setdefault("rules", Rules(jitter=0))
        clock = options.pop("clock", None) or Clock()
        admission = options.pop("admission", OPEN)
        rendering = options.pop("rendering", AS_IT_IS)
        self.scene = Scene(clock=clock, **options)
        way = route(cache=self.scene.cache, admission=admission, rendering=rendering)
        self.proxy = Proxy(*connections, route=way, clock=clock)
        self.clients = []

    async def get(self, head=None, client=None):
        client = client or Client()
        self.clients.append(client)
        pipeline = self.proxy.pipeline
        one = pipeline.begin(head or request(), client)
        if not pipeline.answer(one):
            await pipeline.forward(one, pipeline.ask(one))
        return client

    async def idle(self):
        """Wait for what goes on behind everybody's back."""
        sharing = self.proxy.pipeline._sharing
        while len(sharing._filling) + len(sharing._refreshes):
            await asyncio.sleep(0)
        assert not self.proxy.seen.defects
        assert len(self.scene.shared.flights) == 0

    @property
    def asked(self):
        return sum(step.startswith("acquire") for step in self.proxy.upstream.diary)

    @property
    def stored(self):
        return self.scene.shelf.entries.get(KEY)


def said(client):
    for line in client.head.split(b"\r\n"):
        if line.startswith(b"Cache-Status: "):
            return line.partition(b": ")[2].decode()
    return None


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_miss_is_stored_and_then_a_hit(at_once):
    at = At(answer(MAX_AGE, at_once=at_once))
    first = await at.get()
    await at.idle()
    assert first.content == b"ab"
    assert said(first).startswith("sidecar; fwd=uri-miss;")
    assert "stored" in said(first)
    second = await at.get()
    assert (second.content, said(second)) == (b"ab", "sidecar; hit; ttl=59")
    assert at.asked == 1
    assert at.scene.counts == {"hit": 1, "miss": 1, "stored": 1}
    assert [one.cached for one in at.proxy.seen.exchanges] == ["miss", "hit"]


@pytest.mark.parametrize(
    ("rule", "fields", "status", "detail"),
    [
        ("says nothing", [], 200, "no-lifetime"),
        ("one's own", [(b"Cache-Control", b"private, max-age=60")], 200, "private"),
        ("a cookie", [MAX_AGE, (b"Set-Cookie", b"a=1")], 200, "set-cookie"),
        ("failed", [MAX_AGE], 500, "status"),
    ],
)
async def test_what_is_not_stored(rule, fields, status, detail):
    at = At(answer(*fields, status=status), answer(*fields, status=status))
    for _ in range(2):
        client = await at.get()
        assert said(client) == f"sidecar; fwd=uri-miss; detail={detail}", rule
    assert at.asked == 2
    assert not at.scene.shelf.entries


async def test_what_becomes_storable_is_stored():
    at = At(answer(), answer(), answer(MAX_AGE))
    for _ in range(2):
        client = await at.get()
        assert said(client) == "sidecar; fwd=uri-miss; detail=no-lifetime"
    assert "stored" in said(await at.get())
    assert said(await at.get()) == "sidecar; hit; ttl=59"
    assert at.asked == 3
    assert at.scene.counts == {"hit": 1, "miss": 3, "stored": 1, "unstored": 2}
    assert at.scene.shared.barren.reason(KEY, at.scene.hands.now()) is None


async def test_many_are_one_request():
    at = At(answer(MAX_AGE))
    clients = await asyncio.gather(*(at.get() for _ in range(50)))
    await at.idle()
    assert at.asked == 1
    assert {client.content for client in clients} == {b"ab"}
    assert at.scene.counts == {"collapsed": 49, "miss": 1, "stored": 1}
    assert "sidecar; fwd=uri-miss; ttl=60; collapsed" in {
        (said(client) or "").replace("ttl=59", "ttl=60") for client in clients
    }


async def test_many_read_along_while_it_comes_in():
    head = response(200, [MAX_AGE], content_length=6)
    at = At(Slow([head, b"ab", b"cd", b"ef"]))
    clients = await asyncio.gather(*(at.get() for _ in range(5)))
    await at.idle()
    assert at.asked == 1
    assert {client.content for client in clients} == {b"abcdef"}
    assert at.stored.body == b"abcdef"


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_wait_for_anothers_fetch_is_not_our_time(at_once):
    hands = Hands()
    hands.passed = time.monotonic()  # who waits does so by the loop's clock

    class Late(Slow):
        async def response(self, due, interim):
            head = await super().response(due, interim)
            hands.passed += 7
            return head

        async def read(self, silence, until=math.inf):
            hands.passed += 5
            return await super().read(silence, until)

    head = response(200, [MAX_AGE], content_length=4)
    late = Late([head, b"ab", b"cd"], at_once=2 if at_once else 0)
    at = At(late, clock=hands)
    await asyncio.gather(*(at.get() for _ in range(3)))
    await at.idle()
    metrics = Metrics()
    for one in at.proxy.seen.exchanges:
        assert one.ended - one.started == (7 if at_once else 17)
        metrics.observe(one)
    overhead = metrics.route("default").overhead
    assert (overhead.count, overhead.sum) == (3, 0.0)


async def test_what_is_one_users_is_nobody_elses():
    private = (b"Cache-Control", b"private")
    bodies = [b"%d" % n for n in range(5)]
    at = At(*(answer(private, body=body) for body in bodies))
    clients = await asyncio.gather(*(at.get() for _ in range(5)))
    assert sorted(client.content for client in clients) == bodies
    assert at.asked == 5


async def test_a_cut_answer_is_never_stored():
    head = response(200, [MAX_AGE], content_length=6)
    at = At(Slow([head, b"ab", ResponseIncomplete()]))
    first, second = await asyncio.gather(at.get(), at.get())
    await at.idle()
    assert first.diary[-1] == second.diary[-1] == "abort"
    assert not at.scene.shelf.entries


async def test_what_is_too_large_is_passed_on_and_not_kept():
    head = response(200, [MAX_AGE], chunked=True)
    at = At(Connection([head, b"ab", b"cd", b"ef"]), storing=Storing(max_size=3))
    client = await at.get()
    await at.idle()
    assert client.content == b"6\r\nabcdef\r\n0\r\n\r\n"
    assert not at.scene.shelf.entries


async def test_a_failure_is_everybodys_after_a_second_try():
    at = At(Slow([ConnectionRefused()]), Slow([ConnectionRefused()]))
    clients = await asyncio.gather(*(at.get() for _ in range(5)))
    assert {client.status for client in clients} == {502}
    assert at.asked == 2
    await at.idle()


async def test_a_leader_that_leaves_hands_over():
    head = response(200, [MAX_AGE], content_length=2)

    class Never(Connection):
        async def response(self, due, interim):
            await asyncio.Event().wait()
            raise AssertionError

    at = At(Never([]), Connection([head, b"ab"], at_once=1))
    leader = asyncio.create_task(at.get())
    await asyncio.sleep(0)
    follower = asyncio.create_task(at.get())
    await asyncio.sleep(0)
    leader.cancel()
    assert (await follower).content == b"ab"
    with pytest.raises(asyncio.CancelledError):
        await leader
    assert at.asked == 2
    await at.idle()


async def test_a_client_that_leaves_does_not_stop_the_fill():
    head = response(200, [MAX_AGE], content_length=6)
    at = At(Connection([head, b"ab", b"cd", b"ef"]))
    client = Client()
    client.leaves_after = 0
    await at.get(client=client)
    await at.idle()
    assert at.stored.body == b"abcdef"


async def test_who_leaves_while_the_answer_is_made_breaks_nobodys_connection():
    making = asyncio.Event()

    async def whole_later(*_arguments):
        making.set()
        await asyncio.Event().wait()

    coded = [MAX_AGE, (b"Content-Encoding", b"gzip"), (b"Content-Type", b"text/plain")]
    connection = answer(*coded, body=gzip.compress(TEXT))
    at = At(connection, rendering=But(Light().rendering, whole_later=whole_later))
    head = request(values={b"accept-encoding": b"identity"})
    asking = asyncio.create_task(at.get(head))
    await making.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    # By then it serves somebody else.
    assert connection.diary[-1] == "release"
    assert at.proxy.seen.only.status == 499
    await at.idle()


def expired(at):
    """Make what is stored a minute old."""
    entry = at.stored
    entry.born -= 61
    entry.fresh_until -= 61
    entry.refresh_from -= 61
    return entry


async def test_validation_freshens_what_is_stored():
    head = response(304, [MAX_AGE, (b"X-New", b"1"), ETAG], bodiless=True)
    newer = Slow([head])
    at = At(answer(MAX_AGE, ETAG), newer)
    await at.get()
    expired(at)
    client = await at.get()
    assert b'If-None-Match: "a"' in newer.sent
    assert (client.status, client.content) == (200, b"ab")
    assert b"X-New: 1" in client.head
    assert said(client).startswith("sidecar; fwd=stale; fwd-status=304;")
    assert said(await at.get()).startswith("sidecar; hit")
    assert at.scene.counts == {"hit": 1, "miss": 1, "revalidated": 1, "stored": 1}


async def test_validation_that_takes_the_permission_back():
    newer = response(304, [(b"Cache-Control", b"private"), ETAG], bodiless=True)
    at = At(answer(MAX_AGE, ETAG), Connection([newer]))
    await at.get()
    expired(at)
    client = await at.get()
    assert (client.status, client.content) == (200, b"ab")
    assert not at.scene.shelf.entries


async def test_a_new_response_replaces_the_stored_one():
    at = At(answer(MAX_AGE, ETAG), answer(MAX_AGE, body=b"new"))
    await at.get()
    expired(at)
    assert (await at.get()).content == b"new"
    assert at.stored.body == b"new"


@pytest.mark.parametrize("failure", [ConnectionRefused(), 503])
async def test_stale_if_error(failure):
    sie = (b"Cache-Control", b"max-age=60, stale-if-error=60")
    failed = failure
    if isinstance(failure, int):
        failed = answer(status=failure)
    at = At(answer(sie), failed, failed)
    await at.get()
    expired(at)
    client = await at.get()
    assert (client.status, client.content) == (200, b"ab")
    assert "detail=stale-if-error" in said(client)
    assert "hit" not in said(client)
    # The next are not kept waiting for a backend that is away.
    for _ in range(5):
        assert (await at.get()).content == b"ab"
    assert at.asked == 2
    assert at.scene.counts["stale"] == 6


@pytest.mark.parametrize("status", [400, 401, 429, 431, 501, 503])
async def test_how_one_request_fared_says_nothing_of_what_is_stored(status):
    at = At(answer(MAX_AGE), answer(status=status))
    await at.get()
    anew = request(values={b"cache-control": b"no-cache", b"x-large": b"x" * 9000})
    assert (await at.get(anew)).status == status
    assert said(await at.get()).startswith("sidecar; hit")


@pytest.mark.parametrize(
    "values",
    [
        {b"cache-control": b"no-cache, no-store"},
        {b"cache-control": b"no-cache", b"authorization": b"me"},
    ],
)
async def test_who_may_not_store_makes_nothing_go(values):
    at = At(answer(MAX_AGE), answer(MAX_AGE, body=b"own"))
    await at.get()
    assert (await at.get(request(values=values))).content == b"own"
    assert said(await at.get()).startswith("sidecar; hit")


async def test_who_wants_nothing_stored_says_nothing_of_others():
    at = At(answer(MAX_AGE))
    await at.get(request(values={b"cache-control": b"no-store"}))
    assert at.scene.shared.barren.reason(KEY, at.scene.hands.now()) is None


async def test_what_is_gone_is_not_stored_any_more():
    at = At(answer(MAX_AGE), answer(status=404), answer(status=404))
    await at.get()
    await at.get(request(values={b"cache-control": b"no-cache"}))
    assert (await at.get()).status == 404


NO_STORE = (b"Cache-Control", b"no-store")


def streamed(*pieces):
    return Slow([response(200, [NO_STORE], content_length=4), *pieces])


@pytest.mark.parametrize(
    ("rule", "instead", "leaves", "stays"),
    [
        ("whole", streamed(b"ab", b"cd"), None, False),
        ("breaks off", streamed(b"ab", ResponseIncomplete()), None, True),
        ("falls silent", streamed(b"ab", ResponseStalled()), None, True),
        ("nobody waits for the end", streamed(b"ab", b"cd"), 1, False),
        ("at once", answer(NO_STORE), None, False),
    ],
)
async def test_what_is_stored_goes_when_another_has_come(rule, instead, leaves, stays):
    sie = (b"Cache-Control", b"max-age=60, stale-if-error=600")
    at = At(answer(sie), instead, ConnectionRefused())
    await at.get()
    expired(at)
    client = Client()
    client.leaves_after = leaves
    await at.get(client=client)
    assert (at.stored is not None) is stays
    assert (await at.get()).status == (200 if stays else 502)


async def test_what_was_stored_meanwhile_stays():
    at = At(answer(MAX_AGE), streamed(b"ab", b"cd"))
    await at.get()
    newer = replace(expired(at), received=Timestamp(at.stored.received + 1))

    class Meanwhile(Client):
        def end(self):
            super().end()
            at.scene.shelf.entries[KEY] = newer

    await at.get(client=Meanwhile())
    assert at.stored is newer


async def test_a_failure_of_long_ago_is_no_reason_for_what_is_stale():
    sie = (b"Cache-Control", b"max-age=60, stale-if-error=600")
    at = At(answer(sie), ConnectionRefused(), answer(sie, body=b"new"))
    await at.get()
    expired(at)
    assert (await at.get()).content == b"ab"
    at.stored.failed_until -= 60
    assert (await at.get()).content == b"new"


async def test_without_permission_an_error_is_an_error():
    at = At(answer(MAX_AGE), ConnectionRefused())
    await at.get()
    expired(at)
    assert (await at.get()).status == 502


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionRefused(),
        Connection([ResponseIncomplete()]),
        Connection([response(503, content_length=0)]),
        Connection([response(200, content_length=2), ResponseIncomplete()]),
    ],
    ids=["refused", "cut", "status", "cut in its body"],
)
async def test_stale_if_error_where_it_takes_time_to_be_made(failure):
    kept = (b"Cache-Control", b"max-age=60, stale-if-error=60")
    coded = [kept, (b"Content-Encoding", b"gzip"), (b"Content-Type", b"text/plain")]
    at = At(
        answer(*coded, body=gzip.compress(TEXT)), failure, rendering=Light().rendering
    )
    await at.get()
    expired(at)
    client = await at.get(request(values={b"accept-encoding": b"identity"}))
    assert (client.status, client.content) == (200, TEXT)
    assert b"stale-if-error" in client.head
    await at.idle()


async def test_stale_while_revalidate_is_refreshed_behind_the_clients_back():
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    at = At(answer(swr), answer(swr, body=b"new"))
    await at.get()
    expired(at)
    assert (await at.get()).content == b"ab"
    await at.idle()
    assert at.stored.body == b"new"
    assert (await at.get()).content == b"new"
    expected = {"hit": 1, "miss": 1, "stale": 1, "stored": 2, "refreshed": 1}
    assert at.scene.counts == expected


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_defect_while_refreshing_keeps_no_connection(at_once):
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    newer = answer(swr, body=b"new", at_once=at_once)
    at = At(answer(swr), newer)
    await at.get()
    expired(at)

    class Broken(dict[bytes, Entry]):
        def __setitem__(self, _key, _entry):
            raise OSError("a defect")

    at.scene.shelf.entries = Broken(at.scene.shelf.entries)
    told = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    assert (await at.get()).content == b"ab"
    await at.idle()
    gc.collect()
    assert newer.diary[-1] == "discard"
    assert [str(context["exception"]) for context in told] == ["a defect"]


async def test_very_many_stale_hits_are_one_refresh():
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    at = At(answer(swr), answer(swr, body=b"new"))
    await at.get()
    expired(at)
    for _ in range(20):
        assert (await at.get()).content == b"ab"
    await at.idle()
    assert (at.asked, at.stored.body) == (2, b"new")
    assert at.scene.counts["refreshed"] == 1


async def test_what_another_worker_refreshed_is_not_asked_for():
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    at = At(answer(swr))
    await at.get()
    expired(at)
    at.scene.shelf.remote = True
    at.scene.shelf.elsewhere[KEY] = fresher = replace(at.stored, body=b"new")
    fresher.fresh_until = Instant(at.stored.fresh_until + 60)
    assert (await at.get()).content == b"ab"
    await at.idle()
    assert at.asked == 1


@pytest.mark.parametrize("failure", [ConnectionRefused(), 500])
async def test_a_refresh_that_fails_keeps_the_old_entry(failure):
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    failed = answer(swr, status=failure) if isinstance(failure, int) else failure
    at = At(answer(swr), failed)
    await at.get()
    entry = expired(at)
    await at.get()
    await at.idle()
    assert at.stored is entry
    assert (await at.get()).content == b"ab"
    assert at.asked == 2


def counted(hands, takes):
    """Limits that are counted elsewhere, which takes its time."""

    async def ask(_exchange):
        hands.passed += takes

    return But(OPEN, remote=True, ask=ask)


@pytest.mark.parametrize(("takes", "asked"), [(0.5, 0), (1.0, 1), (1.5, 1)])
async def test_limits_and_stored_responses_elsewhere_share_one_patience(takes, asked):
    hands = Hands()
    at = At(answer(MAX_AGE), clock=hands, admission=counted(hands, takes))
    at.scene.shelf.remote, at.scene.shelf.patience = True, 1.0
    at.scene.shelf.elsewhere[KEY] = stored()
    await at.get()
    await at.idle()
    assert at.asked == asked


COOKIES = [request(values={b"cookie": b"u=%d" % n}) for n in range(3)]
TTL = Rules(ttl=60, jitter=0)


async def test_what_only_the_route_allows_is_shared_when_two_users_got_the_same():
    at = At(answer(), answer(), rules=TTL)
    assert (await at.get(COOKIES[0])).content == b"ab"
    assert said(await at.get(COOKIES[0])).startswith("sidecar; hit")
    assert said(await at.get(COOKIES[1])).startswith("sidecar; fwd=miss")
    assert said(await at.get(COOKIES[2])).startswith("sidecar; hit")
    assert said(await at.get()).startswith("sidecar; hit")
    assert at.asked == 2


async def test_many_users_are_two_requests():
    at = At(answer(), answer(), rules=TTL)
    heads = [request(values={b"cookie": b"u=%d" % n}) for n in range(20)]
    clients = await asyncio.gather(*(at.get(head) for head in heads))
    assert {client.content for client in clients} == {b"ab"}
    assert at.asked == 2
    expired(at)
    at.proxy.upstream.script.append(answer())
    await asyncio.gather(*(at.get(head) for head in heads))
    assert at.asked == 3
    await at.idle()


async def test_what_differs_between_users_is_locked():
    at = At(answer(body=b"0"), answer(body=b"1"), answer(body=b"2"), rules=TTL)
    for n in range(3):
        assert (await at.get(COOKIES[n])).content == b"%d" % n
    assert at.scene.counts["locked"] == 1
    assert not at.scene.shelf.entries


async def test_who_is_sent_elsewhere_is_told_something_else():
    own = [answer((b"Location", b"/%d" % n), body=b"", status=301) for n in range(3)]
    at = At(*own, rules=TTL)
    for n in range(3):
        assert b"Location: /%d\r\n" % n in (await at.get(COOKIES[n])).head + b"\r\n"
    assert at.scene.counts["locked"] == 1


async def test_what_another_was_told_long_ago_proves_nothing():
    new = [answer(body=b"new"), answer(body=b"new")]
    at = At(answer(body=b"old"), *new, rules=TTL)
    await at.get(COOKIES[0])
    expired(at)
    for head in (COOKIES[1], COOKIES[1], COOKIES[2]):
        assert (await at.get(head)).content == b"new"
    assert at.asked == 3
    assert "locked" not in at.scene.counts


@pytest.mark.parametrize("value", [b"no-cache", b"max-age=0"])
async def test_what_is_asked_for_each_time_is_shared_when_two_got_the_same(value):
    control = (b"Cache-Control", value)
    same = answer(control, ETAG)
    known = Slow([response(304, [control, ETAG], bodiless=True)])
    at = At(answer(control, ETAG), same, known)
    for head in COOKIES:
        assert (await at.get(head)).content == b"ab"
    # Nobody is asked whether another user's still holds.
    assert b"if-none-match" not in same.sent.lower()
    assert b"if-none-match" in known.sent.lower()


async def test_what_changed_is_its_users_again():
    rules = Rules(ttl=60, stale_while_revalidate=60, jitter=0)
    at = At(answer(), answer(), answer(body=b"0's"), answer(body=b"1's"), rules=rules)
    for head in COOKIES[:2]:
        assert (await at.get(head)).content == b"ab"
    expired(at)
    assert (await at.get(COOKIES[0])).content == b"ab"
    await at.idle()
    assert (await at.get(COOKIES[0])).content == b"0's"
    assert (await at.get(COOKIES[1])).content == b"1's"
    assert at.scene.counts["locked"] == 1


async def test_what_changed_is_shared_when_two_users_got_it():
    new = [answer(body=b"new"), answer(body=b"new")]
    at = At(answer(), answer(), *new, rules=TTL)
    for head in COOKIES[:2]:
        assert (await at.get(head)).content == b"ab"
    expired(at)
    for head in COOKIES:
        assert (await at.get(head)).content == b"new"
    assert at.asked == 4


@pytest.mark.parametrize("directive", [b"no-cache", b"private"])
async def test_nobody_reads_along_where_fields_are_one_clients(directive):
    own = (b"Cache-Control", b'max-age=60, %b="Set-Cookie"' % directive)
    head = response(200, [own, (b"Set-Cookie", b"own=1")], content_length=6)
    at = At(Slow([head, b"ab", b"cd", b"ef"]))
    clients = await asyncio.gather(*(at.get() for _ in range(5)))
    await at.idle()
    assert at.asked == 1
    assert {client.content for client in clients} == {b"abcdef"}
    assert sum(b"own=1" in client.head for client in clients) == 1


async def test_what_is_refreshed_is_asked_for_whole():
    swr = (b"Cache-Control", b"max-age=60, stale-while-revalidate=60")
    newer = answer(swr, body=b"new")
    at = At(answer(swr), newer)
    await at.get()
    expired(at)
    parts = {b"range": b"bytes=0-0", b"if-range": b'"a"'}
    await at.get(request(values=parts))
    await at.idle()
    assert b"range" not in newer.sent.lower()
    assert at.stored.body == b"new"


async def test_a_part_of_what_is_anothers_is_no_word_about_the_whole():
    part = answer((b"Content-Range", b"bytes 0-0/2"), body=b"a", status=206)
    at = At(answer(), part, rules=TTL)
    await at.get(COOKIES[0])
    values = {b"cookie": b"u=1", b"range": b"bytes=0-0"}
    assert said(await at.get(request(values=values))) == "sidecar; fwd=bypass"
    assert said(await at.get(COOKIES[0])).startswith("sidecar; hit")


async def test_an_unsafe_request_invalidates():
    at = At(answer(MAX_AGE), answer(), answer(MAX_AGE, body=b"new"))
    await at.get()
    posted = await at.get(request(b"POST"))
    assert said(posted) == "sidecar; fwd=method"
    assert (await at.get()).content == b"new"


async def test_variants_are_stored_apart():
    vary = (b"Vary", b"Accept-Language")
    at = At(answer(MAX_AGE, vary, body=b"de"), answer(MAX_AGE, vary, body=b"en"))
    for _ in range(2):
        for language in (b"de", b"en"):
            head = request(values={b"accept-language": language})
            assert (await at.get(head)).content == language
    assert at.asked == 2
    kinds = [type(entry) for entry in at.scene.shelf.entries.values()]
    assert kinds.count(Stored) == 2


async def test_a_conditional_miss_is_answered_from_what_came():
    at = At(answer(MAX_AGE, ETAG))
    client = await at.get(request(values={b"if-none-match": b'"a"'}))
    assert (client.status, client.content) == (304, b"")
    assert at.stored.body == b"ab"


async def test_head_updates_what_get_stored():
    head = response(
        200, [MAX_AGE, ETAG, (b"X-New", b"1")], content_length=2, bodiless=True
    )
    at = At(answer(MAX_AGE, ETAG), Connection([head]))
    await at.get()
    expired(at)
    await at.get(request(b"HEAD"))
    client = await at.get()
    assert said(client).startswith("sidecar; hit")
    assert b"X-New: 1" in client.head
