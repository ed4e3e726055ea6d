"""What a route answers from its store, and what it leaves to the upstream."""

import asyncio

import pytest

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.refused import NothingStored
from sidecar.policy.reuse import Forward
from sidecar.policy.storability import Reason
from sidecar.proxy.collapse import Turn
from sidecar.proxy.looked_up import Ready
from sidecar.storage.entry import Stored, Variants
from sidecar.units import Instant, Timestamp
from tests.proxy.cache_script import EPOCH, KEY, Scene
from tests.proxy.script import Client, exchange, request, route


def stored(body=b"stored", age=10.0, owner=b"", status=200, **lifetimes):
    entry = Stored(
        url=b"http://example.org/",
        status=status,
        lines=b'ETag: "a"\r\nCache-Control: max-age=60\r\n',
        body=body,
        generated=Timestamp(EPOCH - age),
        received=Timestamp(EPOCH),
        lifetimes=Lifetimes(**{"fresh": 60, **lifetimes}),
        etag=b'"a"',
        owner=owner,
    )
    entry.settle(Timestamp(EPOCH), Instant(1000.0))
    return entry


def look(scene, head=None):
    one = exchange(Client(), head or request(), route(cache=scene.cache))
    one.id = b"id"
    return one, scene.cache.lookup(one, scene.hands.now())


def scene(entry=None, **options):
    one = Scene(**options)
    if entry is not None:
        one.shelf.put(KEY, entry)
    return one


def test_a_hit_is_the_stored_response_with_its_age():
    one, ready = look(scene(stored()))
    assert ready == Ready(
        200,
        b'HTTP/1.1 200 OK\r\nETag: "a"\r\nCache-Control: max-age=60\r\n'
        b"Content-Length: 6\r\nAge: 10\r\nCache-Status: sidecar; hit; ttl=50\r\n"
        b"X-Request-Id: id\r\n",
        b"stored",
    )
    assert (one.cached, one.found) == ("hit", None)


@pytest.mark.parametrize(("trusted", "keys"), [(True, 2), (False, 1)])
def test_what_a_trusted_proxy_says_of_the_url_tells_responses_apart(trusted, keys):
    at, found = Scene(), set()
    for prefix in (b"/a", b"/b"):
        head = request(values={b"x-forwarded-prefix": prefix})
        one = exchange(Client(), head, route(cache=at.cache))
        one.trusted = trusted
        at.cache.lookup(one, at.hands.now())
        assert one.found is not None
        found.add(one.found.key)
    assert len(found) == keys


NO_CACHE = {b"cache-control": b"no-cache"}
RANGE = {b"range": b"bytes=0-1"}


@pytest.mark.parametrize(
    ("rule", "entry", "head", "why"),
    [
        ("nothing stored", None, request(), Forward.URI_MISS),
        ("another method", stored(), request(b"POST"), Forward.METHOD),
        ("stale", stored(age=61), request(), Forward.STALE),
        ("to be validated", stored(validate=True), request(), Forward.STALE),
        (
            "the client wants it anew",
            stored(),
            request(values=NO_CACHE),
            Forward.REQUEST,
        ),
        ("a body", stored(), request(content_length=3), Forward.BYPASS),
        ("a part of nothing", None, request(values=RANGE), Forward.BYPASS),
        ("of what is stale", stored(age=61), request(values=RANGE), Forward.BYPASS),
        ("an ambiguous path", stored(), request(target=b"/a/../"), Forward.BYPASS),
        ("another's", stored(owner=b"x"), request(), Forward.MISS),
        ("another target", stored(), request(target=b"/x"), Forward.URI_MISS),
    ],
)
def test_what_is_forwarded(rule, entry, head, why):
    one, ready = look(scene(entry), head)
    assert ready is None, rule
    assert one.found.why is why, rule


def test_who_names_no_tag_does_not_have_what_has_none():
    entry = stored()
    entry.lines, entry.etag = b"Cache-Control: max-age=60\r\n", b""
    _, ready = look(scene(entry), request(values={b"if-none-match": b""}))
    assert (ready.status, ready.content) == (200, b"stored")


@pytest.mark.parametrize(
    ("rule", "entry", "values", "status", "content"),
    [
        ("fresh", stored(), {}, 200, b"stored"),
        ("known by its tag", stored(), {b"if-none-match": b'"a"'}, 304, b""),
        ("weakly", stored(), {b"if-none-match": b'"b", W/"a"'}, 304, b""),
        ("by any", stored(), {b"if-none-match": b"*"}, 304, b""),
        ("another tag", stored(), {b"if-none-match": b'"b"'}, 200, b"stored"),
        (
            "a condition on an error",
            stored(status=404),
            {b"if-none-match": b'"a"'},
            404,
            b"stored",
        ),
        ("young enough", stored(), {b"cache-control": b"max-age=20"}, 200, b"stored"),
        (
            "stale, while it is revalidated",
            stored(age=65, stale_while_revalidate=9),
            {},
            200,
            b"stored",
        ),
        (
            "stale, as the client allows",
            stored(age=65),
            {b"cache-control": b"max-stale"},
            200,
            b"stored",
        ),
    ],
)
def test_what_is_answered(rule, entry, values, status, content):
    _, ready = look(scene(entry), request(values=values))
    assert isinstance(ready, Ready), rule
    assert (ready.status, ready.content) == (status, content), rule


@pytest.mark.parametrize(
    ("rule", "since", "status"),
    [
        ("made before", b"Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("made later", b"Tue, 14 Nov 2023 22:00:00 GMT", 200),
        ("no date", b"yesterday", 200),
    ],
)
def test_a_condition_by_date(rule, since, status):
    _, ready = look(scene(stored()), request(values={b"if-modified-since": since}))
    assert ready.status == status, rule


def test_head_has_no_content_and_the_same_head():
    _, ready = look(scene(stored()), request(b"HEAD"))
    assert b"Content-Length: 6" in ready.head
    assert ready.content == b""


def test_a_stale_answer_asks_for_a_refresh_once():
    at = scene(stored(age=65, stale_while_revalidate=9))
    one, ready = look(at)
    assert ready.refresh is one.found
    assert one.found.flight is at.shared.flights.get(KEY)
    assert one.asking.values[b"if-none-match"] == b'"a"'
    _, again = look(at)
    assert again.refresh is None
    assert at.counts == {"stale": 2}


def test_only_if_cached_is_not_forwarded():
    only = request(values={b"cache-control": b"only-if-cached"})
    assert isinstance(look(scene(), only)[1], NothingStored)
    assert isinstance(look(scene(stored()), only)[1], Ready)
    assert isinstance(look(scene(stored(age=99)), only)[1], NothingStored)


def test_variants_are_told_apart():
    at = scene(Variants(b"u", (b"accept-language",), (), Timestamp(EPOCH + 99)))
    at.shelf.put(KEY + b" 2:de", stored(b"deutsch"))
    one, ready = look(at, request(values={b"accept-language": b"DE"}))
    assert ready.content == b"deutsch"
    one, ready = look(at, request(values={b"accept-language": b"en"}))
    assert (ready, one.found.why) == (None, Forward.VARY_MISS)
    assert one.found.variant == KEY + b" 2:en"


def test_one_leads_and_the_others_wait():
    at = scene()
    first, _ = look(at)
    second, _ = look(at)
    assert at.cache.may_ask(first)
    assert not at.cache.may_ask(second)
    assert second.found.awaited is first.found.flight
    assert at.cache.may_ask(first)


@pytest.mark.parametrize(
    ("rule", "options", "head"),
    [
        ("a route without", {"collapse": False}, request()),
        ("HEAD", {}, request(b"HEAD")),
        ("who wants it anew", {}, request(values=NO_CACHE)),
        ("what passes", {}, request(values={b"range": b"bytes=0-1"})),
        ("what changes things", {}, request(b"POST")),
    ],
)
def test_nobody_waits_for(rule, options, head):
    at = scene(**options)
    for _ in range(2):
        one, _ = look(at, head)
        assert at.cache.may_ask(one), rule
    assert len(at.shared.flights) == 0


class Counted:
    """What counts of a query: nothing; and how often that was asked."""

    def __init__(self):
        self.asked = 0

    def target(self, target):
        self.asked += 1
        return target.partition(b"?")[0]


@pytest.mark.parametrize(
    ("rule", "age", "lifetimes"),
    [
        ("nothing is stored", None, {}),
        ("it is stale", 99, {}),
        (
            "it is refreshed behind the client's back",
            99,
            {"stale_while_revalidate": 60},
        ),
    ],
)
def test_what_counts_is_found_once_and_is_what_the_upstream_is_asked(
    rule, age, lifetimes
):
    query = Counted()
    at = scene(key=CacheKey(b"default", query=query))
    if age is not None:
        at.shelf.put(KEY, stored(age=age, **lifetimes))
    one, _ = look(at, request(target=b"/?utm=1"))
    assert (one.asking.target, query.asked) == (b"/", 1), rule


def test_nobody_waits_for_what_was_not_storable():
    at = scene()
    at.shared.barren.note(KEY, Reason.PRIVATE, at.hands.now())
    for _ in range(2):
        one, _ = look(at, request(values={b"if-none-match": b'"x"'}))
        assert at.cache.may_ask(one)
        assert one.asking is one.request  # the upstream may still answer 304


def test_conditions_of_the_client_are_not_the_upstreams():
    one, _ = look(scene(), request(values={b"if-none-match": b'"x"'}))
    assert b"if-none-match" not in one.asking.values
    one, _ = look(scene(stored(age=99)), request(values={b"if-none-match": b'"x"'}))
    assert one.asking.values[b"if-none-match"] == b'"a"'
    assert one.found.validates


@pytest.mark.parametrize(
    ("rule", "chance", "refreshes"),
    [("unlikely", 0.0, False), ("likely", 0.9999, True)],
)
def test_a_hit_shortly_before_its_end_may_refresh(rule, chance, refreshes):
    entry = stored(age=59)
    entry.cost, entry.refresh_from = 0.5, Instant(1000.0)
    at = scene(entry)
    at.chances[0] = chance
    _, ready = look(at)
    assert (ready.refresh is not None) is refreshes, rule
    assert at.counts == {"hit": 1}


def test_the_key_of_a_route():
    key = CacheKey(b"default", headers=(b"x-a",))
    at = scene(key=key)
    at.shelf.put(KEY + b" 1:1", stored())
    assert isinstance(look(at, request(values={b"x-a": b"1"}))[1], Ready)
    assert look(at)[1] is None


async def test_what_is_remembered_elsewhere():
    at = scene()
    at.shelf.remote = True
    one, _ = look(at)
    assert at.cache.may_ask(one)
    assert at.cache.asks_others(one)
    assert await at.cache.remembered(one, at.hands.now) is None
    at.shelf.elsewhere[KEY] = stored(b"elsewhere")
    ready = await at.cache.remembered(one, at.hands.now)
    assert ready.content == b"elsewhere"
    assert (one.found.flight, len(at.shared.flights)) == (None, 0)


async def test_what_is_stale_elsewhere_is_shown_and_refreshed():
    at = scene()
    at.shelf.remote = True
    (one, _), (follower, _) = look(at), look(at)
    assert at.cache.may_be_remembered(one)
    assert at.cache.may_ask(one)
    assert not at.cache.may_ask(follower)
    awaited = asyncio.ensure_future(follower.found.awaited.outcome())
    await asyncio.sleep(0)
    at.shelf.elsewhere[KEY] = at.shelf.entries[KEY] = stored(
        age=61, stale_while_revalidate=60
    )
    ready = await at.cache.remembered(one, at.hands.now)
    assert ready.refresh is one.found
    assert one.found.flight is at.shared.flights.get(KEY)
    assert one.asking.values[b"if-none-match"] == b'"a"'
    # Who waited is shown the same, and does not wait for the refresh.
    assert await awaited is Turn.AGAIN
    assert at.cache.again(follower, at.hands.now()) is not None


async def test_what_is_stale_elsewhere_is_asked_about():
    at = scene()
    at.shelf.remote = True
    one, _ = look(at)
    assert at.cache.may_ask(one)
    assert b"if-none-match" not in one.asking.values
    at.shelf.elsewhere[KEY] = stored(age=61)
    assert await at.cache.remembered(one, at.hands.now) is None
    assert one.asking.values[b"if-none-match"] == b'"a"'
    assert one.found.validates


def test_who_waits_for_nobody_asks_no_tier():
    at = scene()
    one, _ = look(at)
    assert not at.cache.may_be_remembered(one)
    at.shelf.remote = True
    head, _ = look(at, request(method=b"HEAD"))
    assert not at.cache.may_be_remembered(head)
