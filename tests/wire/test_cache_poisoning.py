"""What one client says, and no other, is in nobody else's answer."""

from collections.abc import Sequence
from itertools import count

import pytest

from tests.conftest import Start
from tests.harness.client import Client
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Response

# The cache is the same for all tests.
_paths = count()
MAX_AGE = b"Cache-Control: max-age=60"
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
)
UPGRADE = (b"Connection: upgrade", b"Upgrade: websocket")


def ask(sidecar: Sidecar, path: bytes, *fields: bytes, host: bytes = b"t") -> Response:
    lines = [b"GET %b HTTP/1.1" % path, b"Host: " + host, *fields, b"", b""]
    with Client(sidecar.port) as client:
        (response,) = client.ask(b"\r\n".join(lines)).responses
    return response


def new_path() -> bytes:
    return b"/%d" % next(_paths)


def has(client: Client, data: bytes) -> bool:
    client.pull()
    return data in client.raw


@pytest.fixture
def sidecar(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar({"defaults": {"cache": {"key": {"cookies": ["lang"]}}}})


def is_apart(
    sidecar: Sidecar,
    origin: Origin,
    *odd: bytes,
    host: bytes = b"t",
    plain: Sequence[bytes] = (),
) -> bool:
    """Whether who says nothing odd gets nothing of who does, and the other way."""
    path = new_path()
    origin.script(path, reply(b"odd", MAX_AGE), reply(b"plain", MAX_AGE))
    bodies = [
        ask(sidecar, path, *odd, host=host).body,
        ask(sidecar, path, *plain).body,
        ask(sidecar, path, *odd, host=host).body,
    ]
    return bodies == [b"odd", b"plain", b"odd"]


@pytest.mark.parametrize("host", [b"T", b"t:80", b"t.", b"T.:80"])
def test_a_host_in_another_spelling(
    sidecar: Sidecar, origin: Origin, host: bytes
) -> None:
    """It goes to the origin as it came, and not all read it alike."""
    assert is_apart(sidecar, origin, host=host)


def test_one_host_is_invalidated_in_all_spellings(
    sidecar: Sidecar, origin: Origin
) -> None:
    path = new_path()
    origin.script(path, *(reply(b"%d" % n, MAX_AGE) for n in range(4)))
    assert [ask(sidecar, path, host=h).body for h in (b"t", b"T")] == [b"0", b"1"]
    with Client(sidecar.port, methods=(b"POST",)) as client:
        post = b"POST %b HTTP/1.1\r\nHost: t:80\r\nContent-Length: 0\r\n\r\n"
        client.ask(post % path)
    assert ask(sidecar, path, host=b"T").body == b"3"


LANG = b"Cookie: lang=de"


@pytest.mark.parametrize(
    "cookie",
    [
        b'x="; lang=de; y="',
        b"x]y; lang=de",
        b"x=a b; lang=de",
        b"path=/; lang=de",
        b"x=1, lang=fr; lang=de",
        b"Lang=fr; lang=de",
    ],
)
def test_cookies_that_are_read_in_several_ways(
    sidecar: Sidecar, origin: Origin, cookie: bytes
) -> None:
    odd = b"Cookie: " + cookie
    assert is_apart(sidecar, origin, odd, plain=(LANG,))


@pytest.mark.parametrize("cookie", [b"x=1, lang=de", b"LANG=de", b"lang%5B%5D=de"])
def test_a_cookie_that_some_take_for_the_one_that_counts(
    sidecar: Sidecar, origin: Origin, cookie: bytes
) -> None:
    assert is_apart(sidecar, origin, b"Cookie: " + cookie)


def test_cookies_that_do_not_count_tell_nobody_apart(
    sidecar: Sidecar, origin: Origin
) -> None:
    path = new_path()
    origin.script(path, reply(b"one", MAX_AGE))
    for cookie in (b"lang=de", b'connect.sid=s%3Aa; lang=de; b="c"', b"lang=de;a=b=c"):
        ask(sidecar, path, b"Cookie: " + cookie)
    assert len(origin.take()) == 1


def test_an_upgrade_gets_nothing_that_is_stored(
    sidecar: Sidecar, origin: Origin
) -> None:
    path = new_path()
    origin.script(path, reply(b"page", MAX_AGE), SWITCHING)
    assert ask(sidecar, path).body == b"page"
    with Client(sidecar.port) as client:
        lines = [b"GET %b HTTP/1.1" % path, b"Host: t", *UPGRADE, b"", b""]
        client.send(b"\r\n".join(lines))
        await_condition(lambda: has(client, b"\r\n\r\n"))
        assert client.raw.startswith(b"HTTP/1.1 101 ")
    assert ask(sidecar, path, b"Upgrade: h2c").body == b"page"


def test_a_coding_that_few_read_is_not_everybodys(
    shared_sidecar: Start, origin: Origin
) -> None:
    """Who asks for what was not storable before asks in words of their own."""
    sidecar = shared_sidecar({"defaults": {"cache": {}, "compression": {}}})
    path, odd = new_path(), b"Accept-Encoding: deflate"
    coded = (MAX_AGE, b"Vary: Accept-Encoding", b"Content-Encoding: deflate")
    plain = reply(b"plain", MAX_AGE, b"Vary: Accept-Encoding")
    origin.script(path, reply(b"none"), reply(b"odd", *coded), plain)
    assert [ask(sidecar, path, odd).body for _ in range(2)] == [b"none", b"odd"]
    assert ask(sidecar, path).body == b"plain"


def test_an_answer_for_one_origin_is_not_for_others(
    sidecar: Sidecar, origin: Origin
) -> None:
    path, allowed = new_path(), b"Access-Control-Allow-Origin: https://"
    origin.script(
        path,
        reply(b"a", MAX_AGE, allowed + b"a"),
        reply(b"b", MAX_AGE, allowed + b"b"),
        reply(b"none", MAX_AGE),
    )
    for _ in range(2):
        assert ask(sidecar, path, b"Origin: https://a").body == b"a"
        assert ask(sidecar, path, b"Origin: https://b").body == b"b"
        assert ask(sidecar, path).body == b"none"


@pytest.mark.parametrize("name", [b"X-CSRF-Token", b"Access-Token"])
def test_a_secret_in_a_field_is_for_who_got_it(
    shared_sidecar: Start, origin: Origin, name: bytes
) -> None:
    """Where it is only the route that makes it storable."""
    sidecar, path = shared_sidecar({"defaults": {"cache": {"ttl": "1h"}}}), new_path()
    origin.script(path, *(reply(b"same", name + b": %d" % n) for n in range(3)))
    users = ((), (b"Cookie: u=a",), (b"Cookie: u=b",))
    assert [ask(sidecar, path, *user).one(name) for user in users] == [b"0", b"1", b"2"]


BELIEVED = [
    b"Front-End-Https: on",
    b"X-Forwarded-Host: evil",
    b"X-Forwarded-Path: /evil",
    b"X-Forwarded-Prefix: /evil",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Protocol: ssl",
    b"X-HTTP-Host-Override: evil",
    b"X-Host: evil",
    b"X-Original-Host: evil",
    b"X-Original-URL: /evil",
    b"X-Scheme: https",
    b"X-Script-Name: /evil",
]
"""What frameworks make of it: URLs, and which page this is."""


@pytest.mark.parametrize("field", BELIEVED)
def test_what_a_stranger_says_of_the_url_is_not_told(
    sidecar: Sidecar, origin: Origin, field: bytes
) -> None:
    ask(sidecar, new_path(), field)
    (received,) = origin.take()
    assert field not in received.raw


@pytest.mark.parametrize("field", BELIEVED)
def test_what_passes_a_trusted_proxy_is_nobody_elses(
    shared_sidecar: Start, origin: Origin, field: bytes
) -> None:
    """A proxy writes some of these fields, and passes others on."""
    config = {"trusted_proxies": ["127.0.0.0/8"], "defaults": {"cache": {}}}
    sidecar = shared_sidecar(config)
    path = new_path()
    origin.script(path, reply(b"odd", MAX_AGE), reply(b"plain", MAX_AGE))
    assert ask(sidecar, path, field).body == b"odd"
    assert ask(sidecar, path).body == b"plain"
    assert all(field in one.raw for one in origin.take()[:1])
