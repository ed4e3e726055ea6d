"""What is made of a response for the store, and where it is put."""

import pytest

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.freshness import Rules
from sidecar.policy.reuse import Forward
from sidecar.policy.storability import Reason
from sidecar.policy.vary import MOST_VARIANTS
from sidecar.proxy.looked_up import LookedUp, Verdict
from sidecar.semantics.cache_control import CacheControl
from sidecar.storage.entry import Stored, Variants
from tests.proxy.cache_script import EPOCH, KEY, Scene
from tests.proxy.script import request, response

MAX_AGE = (b"Cache-Control", b"max-age=60")


def found(**more):
    looked_up = LookedUp(Forward.URI_MISS, b"http://example.org/", KEY, KEY)
    for name, value in more.items():
        setattr(looked_up, name, value)
    return looked_up


def keep(scene, *fields, head=None, status=200, body=b"ab", at=None, took=0.0):
    at = at or found()
    head = head or request()
    one = response(status, list(fields))
    verdict = scene.keeper.judge(at, head, one, took)
    if not isinstance(verdict, Verdict):
        return verdict
    entry = scene.keeper.entry(at, one, body, verdict)
    scene.keeper.put(at, head, entry, verdict.names)
    return entry


@pytest.mark.parametrize(
    ("rule", "fields", "lines"),
    [
        (
            "all that go on",
            [MAX_AGE, (b"X-A", b"1")],
            b"Cache-Control: max-age=60\r\nX-A: 1\r\n",
        ),
        (
            "§3.1: not what ends here",
            [MAX_AGE, (b"Connection", b"x-a"), (b"X-A", b"1"), (b"Keep-Alive", b"1")],
            b"Cache-Control: max-age=60\r\n",
        ),
        (
            "nor what is ours to write",
            [
                MAX_AGE,
                (b"Age", b"5"),
                (b"X-Request-Id", b"x"),
                (b"Content-Length", b"2"),
            ],
            b"Cache-Control: max-age=60\r\n",
        ),
        (
            "nor what is for us alone",
            [MAX_AGE, (b"X-Sidecar-Tag", b"x")],
            b"Cache-Control: max-age=60\r\n",
        ),
        (
            "§5.2.2.4: nor what is not to be reused",
            [
                (b"Cache-Control", b'max-age=60, no-cache="set-cookie"'),
                (b"Set-Cookie", b"a=1"),
            ],
            b'Cache-Control: max-age=60, no-cache="set-cookie"\r\n',
        ),
    ],
)
def test_fields_that_are_stored(rule, fields, lines):
    entry = keep(Scene(), *fields)
    assert entry.lines == lines + (
        b"Via: 1.1 sidecar\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    ), rule


def test_what_is_known_of_a_stored_response():
    tagged = (b"Surrogate-Key", b"a b")
    entry = keep(Scene(), MAX_AGE, (b"ETag", b'"x"'), (b"Age", b"5"), tagged, took=2.0)
    assert (entry.etag, entry.tags) == (b'"x"', (b"a", b"b"))
    assert (entry.generated, entry.received) == (EPOCH - 7, EPOCH)
    assert (entry.born, entry.fresh_until) == (993.0, 1053.0)
    assert entry.owner == b""


@pytest.mark.parametrize(
    ("rule", "options", "fields", "reason"),
    [
        ("no lifetime", {}, [], Reason.NO_LIFETIME),
        ("private", {}, [(b"Cache-Control", b"private, max-age=1")], Reason.PRIVATE),
        (
            "too large, by what it says",
            {"keeping": {"max_size": 3}},
            [MAX_AGE],
            Reason.TOO_LARGE,
        ),
    ],
)
def test_what_is_not(rule, options, fields, reason):
    scene = Scene(**options)
    head = response(200, fields, content_length=4)
    assert scene.keeper.judge(found(), request(), head, 0.0) is reason, rule


def test_a_client_may_forbid_it():
    at = found(control=CacheControl(no_store=True))
    assert keep(Scene(), MAX_AGE, at=at) is Reason.REQUEST_NO_STORE


def test_a_token_of_whom_the_key_holds():
    scene, head = Scene(rules=Rules(ttl=60)), request(values={b"authorization": b"t"})
    assert keep(scene, head=head) is Reason.AUTHORIZATION
    assert isinstance(keep(scene, head=head, at=found(proof=b"authorization")), Stored)


@pytest.mark.parametrize(
    ("rule", "fields", "owner"),
    [
        ("the origin allows it", [MAX_AGE], b""),
        ("the route alone does", [], b"me"),
    ],
)
def test_whose_it_is(rule, fields, owner):
    scene = Scene(rules=Rules(ttl=60))
    assert keep(scene, *fields, at=found(owner=b"me")).owner == owner, rule


def kinds(scene):
    return sorted(type(entry).__name__ for entry in scene.shelf.entries.values())


def test_variants():
    scene = Scene()
    language = (b"Vary", b"Accept-Language")
    for value in (b"de", b"en", b"de"):
        keep(scene, MAX_AGE, language, head=request(values={b"accept-language": value}))
    assert kinds(scene) == ["Stored", "Stored", "Variants"]
    marker = scene.shelf.entries[KEY]
    assert isinstance(marker, Variants)
    assert marker.names == (b"accept-language",)
    assert set(marker.keys) < set(scene.shelf.entries)


def test_when_more_fields_count_what_was_stored_is_not_found_any_more():
    scene = Scene()
    keep(scene, MAX_AGE)
    assert kinds(scene) == ["Stored"]
    keep(scene, MAX_AGE, (b"Vary", b"a"))
    assert kinds(scene) == ["Stored", "Variants"]
    keep(scene, MAX_AGE, (b"Vary", b"b"))
    assert kinds(scene) == ["Stored", "Variants"]
    marker = scene.shelf.entries[KEY]
    assert isinstance(marker, Variants)
    assert marker.names == (b"a", b"b")
    keep(scene, MAX_AGE)
    assert kinds(scene) == ["Stored", "Variants"]


def test_variants_are_bounded():
    scene = Scene()
    for n in range(3 * MOST_VARIANTS):
        head = request(values={b"a": b"%d" % n})
        keep(scene, MAX_AGE, (b"Vary", b"a"), head=head)
    assert kinds(scene) == ["Stored"] * MOST_VARIANTS + ["Variants"]


def test_what_the_key_holds_makes_no_variants():
    key = CacheKey(b"default", headers=(b"a",))
    scene = Scene(key=key, keeping={"known": frozenset({b"a"})})
    keep(scene, MAX_AGE, (b"Vary", b"A"), head=request(values={b"a": b"1"}))
    assert kinds(scene) == ["Stored"]


def freshen(scene, entry, *fields):
    head = response(304, list(fields), bodiless=True)
    return scene.keeper.freshen(found(), entry, request(), head, 0.0)


def test_freshening():
    scene = Scene()
    entry = keep(scene, MAX_AGE, (b"ETag", b'"x"'), (b"X-A", b"1"))
    entry.codings[b"gzip"] = b"zipped"
    scene.hands.passed = 100.0
    fresh, reason = freshen(
        scene, entry, (b"Cache-Control", b"max-age=5"), (b"X-A", b"2")
    )
    assert reason is None
    assert b"X-A: 2\r\n" in fresh.lines
    assert b"X-A: 1" not in fresh.lines
    assert (fresh.body, fresh.codings) == (entry.body, entry.codings)
    assert (fresh.born, fresh.fresh_until, fresh.etag) == (1100.0, 1105.0, b'"x"')
    assert scene.shelf.entries[KEY] is fresh


@pytest.mark.parametrize(
    ("rule", "fields", "reason"),
    [
        ("private from now on", [(b"Cache-Control", b"private")], Reason.NO_LIFETIME),
        (
            "not to be stored",
            [(b"Cache-Control", b"no-store, max-age=1")],
            Reason.NO_STORE,
        ),
        ("with a cookie", [(b"Set-Cookie", b"a=1")], Reason.SET_COOKIE),
    ],
)
def test_freshening_that_forbids(rule, fields, reason):
    scene = Scene()
    entry = keep(scene, MAX_AGE, (b"ETag", b'"x"'))
    fresh, found_reason = freshen(scene, entry, *fields)
    assert found_reason is reason, rule
    assert isinstance(fresh, Stored)
    assert not scene.shelf.entries
