"""A body that may not be stored and comes again, over real sockets and both doors."""

from collections.abc import Callable
from functools import partial

import pytest

from benchmarks.contents import shop_json
from tests.conftest import Start
from tests.harness.client import get
from tests.harness.origin import Connection, Origin, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Request, Response
from tests.wire.undoing import undone

BODY = shop_json()[:9000]
JSON = b"Content-Type: application/json"
PRIVATE = b"Cache-Control: private"
CODINGS = (b"gzip", b"br", b"zstd")
# Others may have all of the processor for a while: nothing is compressed then.
IN_TIME = 60


@pytest.fixture
def light(shared_sidecar: Start) -> Sidecar:
    on = {"cache": {}, "compression": {}, "conditional": {}}
    return shared_sidecar({"defaults": on})


def ask(sidecar: Sidecar, path: bytes, coding: bytes, *fields: bytes) -> Response:
    outcome = get(sidecar.port, path, b"Accept-Encoding: " + coding, *fields)
    assert len(outcome.responses) == 1, outcome
    return outcome.responses[0]


def counted(sidecar: Sidecar, result: str) -> float:
    sample = f'sidecar_compression_remembered_total{{result="{result}"}} '
    for line in get(sidecar.health, b"/metrics").responses[0].body.decode().split("\n"):
        if line.startswith(sample):
            return float(line.removeprefix(sample))
    raise AssertionError(sample)


def until_remembered(sidecar: Sidecar, once: Callable[[], None], times: int = 2) -> int:
    """Do it again and again, until that was made from what was remembered so often.

    Return how often it was done.
    """
    before, done = counted(sidecar, "hit"), 0

    def is_so() -> bool:
        nonlocal done
        once()
        done += 1
        return counted(sidecar, "hit") >= before + times

    await_condition(is_so, IN_TIME)
    return done


@pytest.mark.parametrize("coding", CODINGS)
def test_it_is_the_same_and_the_origin_is_asked_each_time(
    light: Sidecar, origin: Origin, coding: bytes
) -> None:
    origin.script(b"/again", reply(BODY, JSON, PRIVATE))

    def once() -> None:
        response = ask(light, b"/again", coding)
        assert (response.status, undone(response)) == (200, BODY)
        assert response.one(b"cache-control") == b"private"

    done = until_remembered(light, once)
    assert len(origin.take()) == done


@pytest.mark.parametrize("coding", CODINGS)
def test_who_has_credentials_gets_other_padding_each_time(
    light: Sidecar, origin: Origin, coding: bytes
) -> None:
    origin.script(b"/padded", reply(BODY, JSON, PRIVATE))
    lengths = set()

    def once() -> None:
        response = ask(light, b"/padded", coding, b"Cookie: a=b")
        assert undone(response) == BODY
        if response.one(b"content-encoding") is not None:
            lengths.add(len(response.body))

    until_remembered(light, once, 12)
    # Twelve times the same one of eleven lengths or more: once in 11^11.
    assert len(lengths) > 1


def test_everybody_gets_their_own(light: Sidecar, origin: Origin) -> None:
    async def own(connection: Connection, request: Request) -> None:
        user = request.one(b"cookie") or b""
        await connection.write(reply(user + BODY, JSON, PRIVATE))

    origin.script(b"/own", (own,))

    def once() -> None:
        for user in (b"user=ann", b"user=bob"):
            response = ask(light, b"/own", b"zstd", b"Cookie: " + user)
            assert undone(response) == user + BODY

    until_remembered(light, once, 6)


@pytest.mark.parametrize(
    ("rule", "fields", "said"),
    [
        ("no part of it may be stored", (b"Cache-Control: no-store",), ()),
        ("nor for this client", (PRIVATE,), (b"Cache-Control: no-store",)),
        ("what the origin calls it proves nothing", (PRIVATE, b'ETag: "a"'), ()),
        ("stored, and coded once there", (b"Cache-Control: max-age=99",), ()),
    ],
)
def test_what_is_not_even_looked_for(
    light: Sidecar,
    origin: Origin,
    rule: str,
    fields: tuple[bytes, ...],
    said: tuple[bytes, ...],
) -> None:
    before = counted(light, "hit"), counted(light, "miss")
    origin.script(b"/apart", reply(BODY, JSON, *fields))
    for _ in range(4):
        assert undone(ask(light, b"/apart", b"gzip", *said)) == BODY
    assert (counted(light, "hit"), counted(light, "miss")) == before, rule


@pytest.mark.parametrize("size", [1, 100])
def test_another_body_each_time_is_never_another_body(
    light: Sidecar, origin: Origin, size: int
) -> None:
    """What differs in one byte, in turns: each is what the origin said."""
    for number in range(60):
        body = b"%03d" % (number % 7) * size + BODY
        origin.script(b"/other", reply(body, JSON, PRIVATE))
        assert undone(ask(light, b"/other", b"br")) == body


def test_where_it_is_off(shared_sidecar: Start, origin: Origin) -> None:
    on = {"compression": {"remember": "off"}, "conditional": {}}
    sidecar = shared_sidecar({"defaults": on})
    origin.script(b"/again", reply(BODY, JSON, PRIVATE))
    is_coded = partial(is_in, sidecar, b"gzip")
    for _ in range(3):
        await_condition(is_coded, IN_TIME)
    assert (counted(sidecar, "hit"), counted(sidecar, "miss")) == (0, 0)


def is_in(sidecar: Sidecar, coding: bytes) -> bool:
    response = ask(sidecar, b"/again", coding)
    assert undone(response) == BODY
    return response.one(b"content-encoding") == coding
