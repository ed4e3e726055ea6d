"""Every await of every way of a request fails once, in every way there is to fail.

Whatever happens, nothing stays behind: no permit, no place, nobody in a queue, no
user counted, no connection held, and the exchange is observed once.
"""

import asyncio
import gzip
from collections.abc import Generator
from typing import Any, Self

import pytest

from sidecar.errors import ClientGone, ConnectionLost, ConnectionRefused
from sidecar.policy.breaker import Breaker
from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.budget import Budget
from sidecar.policy.circuit import Reason, State
from sidecar.policy.concurrency import Fixed
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.failure import Counts, Failure
from sidecar.policy.hedge import Hedge
from sidecar.policy.identity import Addresses, Identities
from sidecar.policy.pressure import Pressure
from sidecar.policy.queueing import Settings as QueueSettings
from sidecar.policy.retry import Retry
from sidecar.policy.tripping import Settings
from sidecar.proxy.admission import LimitedAdmission, Limits
from sidecar.proxy.asker import Asker
from sidecar.proxy.clock import Clock
from sidecar.proxy.per_user import PerUser
from sidecar.proxy.permits import Guarded
from sidecar.proxy.places import Places, Rules
from sidecar.proxy.retrying import Retrying
from sidecar.semantics.message import RequestHead
from sidecar.units import NEVER, Timestamp
from tests.proxy.cache_script import Scene as Cached
from tests.proxy.lightened import TEXT, Light
from tests.proxy.script import But, Client, Connection, Proxy, request, response, route
from tests.proxy.test_admission import KEYED, Tally

FAILURES = [
    asyncio.CancelledError,
    OSError,
    TimeoutError,
    ConnectionLost,
    ClientGone,
    RuntimeError,
]
# No way has as many awaits.
MOST = 60


class Slow(Connection):
    """Gives the loop a turn wherever the real one might."""

    async def drained(self) -> None:
        await asyncio.sleep(0)

    async def response(self, due: Any, interim: Any) -> Any:
        await asyncio.sleep(0)
        return await super().response(due, interim)

    async def read(self, silence: float, until: float = NEVER) -> bytes:
        await asyncio.sleep(0)
        return await super().read(silence, until)


class Late(Slow):
    """Answers when a second one has been asked, too."""

    async def response(self, due: Any, interim: Any) -> Any:
        await asyncio.sleep(0.01)
        return await super().response(due, interim)


class SlowClient(Client):
    async def read(self):
        await asyncio.sleep(0)
        return await super().read()

    async def drained(self):
        await asyncio.sleep(0)
        await super().drained()


class Scene:
    """A proxy whose every part that can be held is looked at in the end."""

    def __init__(
        self,
        *script: Any,
        busy: bool = False,
        hedge: Hedge | None = None,
        **more: Any,
    ) -> None:
        clock = Clock()
        self.connections = [one for one in script if isinstance(one, Connection)]
        self.breaker = Breaker(Settings(probes=1, min_requests=5), chance=lambda: 0.0)
        self.users = PerUser(2)
        self.deadlines = Deadlines()
        self.places = Places(
            Fixed(1),
            Rules(QueueSettings(size=2, timeout=60.0)),
            pressure=Pressure(),
            deadlines=self.deadlines,
            clock=clock.now,
        )
        limits = Limits(
            Asker(Identities([], Addresses(KEYED)), lambda: Timestamp(0.0)),
            KEYED,
            LocalBuckets(),
            Tally(),
            Tally(),
            users=self.users,
        )
        on = frozenset(Failure)
        self.proxy = Proxy(
            *script,
            route=route(
                permits=Guarded(
                    self.breaker,
                    Counts.parse(["connect", "timeout", "reset", "500-599"]),
                    Tally(),
                    clock.now,
                    (self.places,),
                ),
                retrying=Retrying(
                    Retry(3, on, frozenset((503,)), backoff=0.0001),
                    Budget(1.0),
                    hedge,
                ),
                admission=LimitedAdmission(limits),
                **more,
            ),
        )
        self._slow_acquire()
        self.busy = busy
        if busy:
            self.places.take()

    def _slow_acquire(self) -> None:
        upstream, acquire = self.proxy.upstream, self.proxy.upstream.acquire

        async def slow(**limits: Any) -> Connection:
            await asyncio.sleep(0)
            return await acquire(**limits)

        upstream.acquire = slow  # type: ignore[method-assign]

    def half_open(self) -> None:
        """The circuit has just begun to be probed."""
        now = Clock().now()
        self.breaker._enter(State.HALF_OPEN, Reason.COOLED, now)

    def free(self, freed: asyncio.Event) -> None:
        self.places.release()
        freed.set()

    def check(self) -> None:
        assert self.places.in_flight == 0
        assert self.places.waiting == 0
        assert self.breaker.in_flight == 0
        assert len(self.users) == 0
        assert len(self.deadlines) == 0
        assert self.proxy.route.gauge.in_flight == 0
        assert len(self.proxy.seen.exchanges) == 1
        for one in self.connections:
            used = any(line.startswith("send") for line in one.diary)
            ends = [line for line in one.diary if line in ("release", "discard")]
            assert ends or not used, one.diary
            # What was given back may be somebody else's by now.
            assert "release" not in ends[:-1], one.diary


class CachedScene(Scene):
    """The same with a store, and renderings that take their time."""

    def __init__(self, *script: Any, **more: Any) -> None:
        self.cached = Cached(clock=Clock())
        rendering = But(Light().rendering, whole_later=self._whole_later)
        super().__init__(*script, cache=self.cached.cache, rendering=rendering, **more)

    async def _whole_later(self, _exchange, head, content, _forms=None):
        await asyncio.sleep(0)
        return head, content

    def check(self) -> None:
        super().check()
        assert len(self.cached.shared.flights) == 0


class Torture:
    """Awaits a coroutine, and throws `error` into it at its nth await."""

    def __init__(self, number: int, error: type[BaseException]) -> None:
        self.number, self.error = number, error
        self.happened = False
        self._work: Any = None

    def __call__(self, work: Any) -> Self:
        self._work = work
        return self

    def __await__(self) -> Generator[Any, None, None]:
        steps = self._work.__await__()
        waited, value = 0, None
        while True:
            try:
                future = steps.send(value)
                waited += 1
                if waited == self.number:
                    self.happened = True
                    if future is not None and self.error is asyncio.CancelledError:
                        future.cancel()
                    future = steps.throw(self.error())
            except StopIteration:
                return
            value = yield future


GOOD, BAD = response(content_length=2), response(503, content_length=0)


def plain() -> Scene:
    return Scene(Slow([GOOD, b"ok"]))


def whole() -> Scene:
    return Scene(Slow([GOOD, b"ok"], at_once=1))


def stale() -> Scene:
    return Scene(Slow([ConnectionLost()], reused=True), Slow([GOOD, b"ok"]))


def refused() -> Scene:
    return Scene(ConnectionRefused(), Slow([GOOD, b"ok"]))


def status() -> Scene:
    return Scene(Slow([BAD]), Slow([GOOD, b"ok"]))


def cut() -> Scene:
    return Scene(Slow([GOOD, b"o", ConnectionLost()]))


def queued() -> Scene:
    return Scene(Slow([GOOD, b"ok"]), busy=True)


def probing() -> Scene:
    scene = Scene(Slow([GOOD, b"ok"]))
    scene.half_open()
    return scene


def hedged() -> Scene:
    hedge = Hedge(1.0, fixed=0.0)
    for _ in range(5):
        hedge.answered(0.1, Clock().now())
    scene = Scene(Late([GOOD, b"ok"]), Late([GOOD, b"ok"]), hedge=hedge)
    scene.places._limit = Fixed(2)
    return scene


def uploading() -> Scene:
    return Scene(Slow([GOOD, b"ok"]))


KEPT = [(b"Cache-Control", b"max-age=60"), (b"Content-Type", b"text/plain")]


def stored() -> Scene:
    return CachedScene(Slow([response(200, KEPT, content_length=2), b"ok"], at_once=1))


def filled() -> Scene:
    return CachedScene(Slow([response(200, KEPT, content_length=2), b"o", b"k"]))


def filled_in_part() -> Scene:
    head = response(200, KEPT, content_length=2)
    return CachedScene(Slow([head, b"o", ConnectionLost()]))


def not_stored() -> Scene:
    return CachedScene(Slow([GOOD, b"o", b"k"]))


def undone() -> Scene:
    body = gzip.compress(TEXT)
    fields = [*KEPT, (b"Content-Encoding", b"gzip")]
    head = response(200, fields, content_length=len(body))
    return CachedScene(Slow([head, body], at_once=1))


PLAIN = {"values": {b"accept-encoding": b"identity"}}
WAYS = [
    (plain, {}, ()),
    (whole, {}, ()),
    (stale, {}, ()),
    (refused, {}, ()),
    (status, {}, ()),
    (cut, {}, ()),
    (queued, {}, ()),
    (probing, {}, ()),
    (hedged, {}, ()),
    (stored, {}, ()),
    (filled, {}, ()),
    (not_stored, {}, ()),
    (undone, PLAIN, ()),
    (uploading, {"content_length": 5, "method": b"PUT"}, [b"hello"]),
    (uploading, {"content_length": 70_001, "method": b"PUT"}, [b"x" * 70_000, b"y"]),
]


async def go(scene: Scene, head: RequestHead, body: Any, torture: Any) -> None:
    client = SlowClient(body)
    pipeline = scene.proxy.pipeline
    one = pipeline.begin(head, client)
    if pipeline.answer(one):
        return
    freed = asyncio.Event()
    if scene.busy:
        asyncio.get_running_loop().call_later(0.002, scene.free, freed)
    try:
        async with asyncio.timeout(60):
            await torture(pipeline.forward(one))
    except asyncio.CancelledError:
        pass
    if scene.busy:
        await freed.wait()


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: error.__name__)
@pytest.mark.parametrize(
    ("scene", "options", "body"),
    WAYS,
    ids=[f"{way.__name__}-{len(body)}" for way, _, body in WAYS],
)
async def test_nothing_stays_behind(scene, options, body, error):
    options = dict(options)
    method = options.pop("method", b"GET")
    for number in range(1, MOST):
        made = scene()
        torture = Torture(number, error)
        await go(made, request(method, **options), body, torture)
        # What was begun and cancelled ends by itself.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=60)
        await asyncio.sleep(0)
        made.check()
        if not torture.happened:
            break
    else:
        raise AssertionError("there is no end to it")
    assert number > 1, "there was nothing to fail"


@pytest.mark.parametrize(
    ("scene", "options", "body"),
    WAYS,
    ids=[f"{way.__name__}-{len(body)}" for way, _, body in WAYS],
)
async def test_the_ways_are_what_they_are_called(scene, options, body):
    """Untouched, each of them ends well."""
    options = dict(options)
    method = options.pop("method", b"GET")
    made = scene()
    await go(made, request(method, **options), body, lambda work: work)
    made.check()
    (seen,) = made.proxy.seen.exchanges
    assert seen.status == 200
