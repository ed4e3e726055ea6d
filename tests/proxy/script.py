"""Doubles for the shells of `proxy`: they follow a script and keep a diary."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from sidecar.errors import ClientGone, SidecarError
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.routing import Match, Router
from sidecar.policy.trust import Networks
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.pipeline import Pipeline
from sidecar.proxy.route import Route
from sidecar.proxy.site import Site
from sidecar.semantics.message import Fields, RequestHead, ResponseHead
from sidecar.units import Instant
from sidecar.upstream.tunnel import Tunnel

ANY = Match(path=None, methods=None, host=None, fields={})

BodyStep = bytes | SidecarError


def request(method: bytes = b"GET", target: bytes = b"/", **more: Any) -> RequestHead:
    """A head as the gate would make it; `values` in lower case."""
    values = {b"host": b"example.org"} | more.pop("values", {})
    fields = [(name.title(), value) for name, value in values.items()]
    return RequestHead(method, target, 1, b"example.org", fields, values, **more)


def response(
    status: int = 200, fields: Fields | None = None, **more: Any
) -> ResponseHead:
    fields = fields or []
    values = {name.lower(): value for name, value in fields}
    return ResponseHead(status, b"", 1, fields, values, **more)


class But:
    """A part of the product as it is, but for what is given instead."""

    def __init__(self, part: object, **instead: object) -> None:
        self._part = part
        self.__dict__.update(instead)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


class Client:
    """A `Downstream`: sends `body`, and writes down what it is sent."""

    def __init__(
        self, body: Iterable[BodyStep] = (), *, peer: str = "192.0.2.1"
    ) -> None:
        self.peer = peer
        self.scheme = "http"
        self.received = 0
        self.reusable = True
        self.closed = False
        self.leaves_after: int | None = None
        self.diary: list[str] = []
        self.sent = b""
        self.closes = False
        self.other: Tunnel | None = None
        self._body = list(body)

    @property
    def head(self) -> bytes:
        return self.sent.partition(b"\r\n\r\n")[0]

    @property
    def content(self) -> bytes:
        return self.sent.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.sent.split(b" ", 2)[1])

    def interim(self, head: bytes) -> None:
        self.diary.append(f"interim {head.split()[1].decode()}")

    def start(self, head: bytes, content: bytes = b"", *, close: bool = False) -> None:
        self.diary.append("start")
        self.closes = close
        self.sent += head + content

    def write(self, data: bytes) -> None:
        self.diary.append("write")
        self.sent += data

    def end(self) -> None:
        self.diary.append("end")

    def abort(self) -> None:
        self.diary.append("abort")
        self.closed = True

    async def drained(self) -> None:
        if self.leaves_after is not None:
            self.leaves_after -= 1
            if self.leaves_after < 0:
                self.closed = True
                raise ClientGone

    @property
    def has_all(self) -> bool:
        return False

    def take(self) -> bytes:
        return b"".join(cast("list[bytes]", self._body))

    async def read(self) -> bytes:
        self.diary.append("read")
        if not self._body:
            return b""
        step = self._body.pop(0)
        if isinstance(step, SidecarError):
            raise step
        self.received += len(step)
        return step

    def tunnel(self, head: bytes, other: Tunnel) -> Tunnel:
        self.diary.append("tunnel")
        self.sent += head
        self.other = other
        return cast("Tunnel", TunnelEnd(self.diary))


class TunnelEnd:
    def __init__(self, diary: list[str]) -> None:
        self._diary = diary

    def __getattr__(self, name: str) -> Callable[..., None]:
        def note(*arguments: object) -> None:
            self._diary.append(" ".join([name, *map(str, arguments)]))

        return note


Step = ResponseHead | bytes | SidecarError


@dataclass
class Connection:
    """An upstream connection that answers by a script.

    The script is the response head (or an error), then body pieces or an error.
    What is in `at_once` of the body comes together with the head.
    """

    script: list[Step]
    reused: bool = False
    at_once: int = 0
    diary: list[str] = field(default_factory=list)
    got_bytes: bool = False
    ended: bool = False
    queue_time: float = 0.25
    connect_time: float | None = 0.5
    sent: bytes = b""
    endpoint: Any = field(
        default_factory=lambda: SimpleNamespace(
            label="app:80", authority=b"app", answered=lambda now, failed: None
        )
    )
    interims: list[ResponseHead] = field(default_factory=list)
    other: Tunnel | None = None
    answer: ResponseHead | None = None
    early: bool = False
    """Answers before the request is complete."""

    def send(
        self, method: bytes, head: bytes, content: bytes = b"", *, upgrade: bool = False
    ) -> None:
        self.diary.append(f"send {method.decode()}{' upgrade' if upgrade else ''}")
        self.sent += head + content

    def write(self, data: bytes) -> None:
        self.diary.append("write")
        self.sent += data

    def request_done(self) -> None:
        self.diary.append("done")

    async def drained(self) -> None: ...

    def extend(self, due: Instant) -> None: ...

    async def response(
        self, due: Instant, interim: Callable[[ResponseHead], None]
    ) -> ResponseHead:
        self.due = due
        for head in self.interims:
            interim(head)
        while not self.early and not {"done", "discard"} & set(self.diary):
            await asyncio.sleep(0)
        step = self.script.pop(0)
        if isinstance(step, SidecarError):
            raise step
        assert isinstance(step, ResponseHead)
        self.got_bytes = True
        self.answer = step
        self._look()
        return step

    def whole(self) -> ResponseHead | None:
        return None if self.script[self.at_once :] else self.answer

    def take(self) -> bytes:
        pieces = [self.script.pop(0) for _ in range(self.at_once)]
        self._look()
        return b"".join(cast("list[bytes]", pieces))

    @property
    def unread(self) -> int:
        pieces = self.script[: self.at_once]
        return sum(len(one) for one in pieces if isinstance(one, bytes))

    def head(self) -> None:
        """Nobody waits for it without a task."""

    def gather(self) -> None:
        self.diary.append("gather")

    def hurry(self) -> None:
        self.diary.append("hurry")

    async def read(self, silence: float, until: float = math.inf) -> bytes:
        step = self.script.pop(0)
        if isinstance(step, SidecarError):
            raise step
        self._look()
        return cast("bytes", step)

    def release(self) -> None:
        self.diary.append("release")

    def discard(self) -> None:
        self.diary.append("discard")

    def tunnel(self, receiver: Tunnel) -> Tunnel:
        self.other = receiver
        return cast("Tunnel", TunnelEnd(self.diary))

    def _look(self) -> None:
        self.ended = not self.script


class Upstream:
    """Hands out the connections of its script, in order; an error stands for one."""

    name = "app"

    def __init__(self, *connections: Connection | SidecarError) -> None:
        self.script = list(connections)
        self.diary: list[str] = []

    def idle(self, *, sure: bool = False) -> Connection | None:
        first = self.script[0]
        if isinstance(first, Connection) and first.reused:
            self.diary.append("idle sure" if sure else "idle")
            self.script.pop(0)
            return first
        return None

    async def acquire(
        self, *, connect: float, due: Instant, fresh: bool, sure: bool
    ) -> Connection:
        wanted = "fresh" * fresh or "sure" * sure
        self.diary.append(f"acquire {wanted}".rstrip())
        first = self.script.pop(0)
        if isinstance(first, SidecarError):
            raise first
        return first


class Seen:
    """An observer that keeps every exchange, and every defect that was reported."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.defects: list[BaseException] = []

    def observe(self, finished: Any) -> None:
        self.exchanges.append(finished)

    @property
    def only(self) -> Exchange:
        (one,) = self.exchanges
        return one


def route(upstream: Upstream | None = None, **more: Any) -> Route:
    return Route("default", cast("Any", upstream or Upstream()), **more)


def exchange(
    client: Client | None = None,
    head: RequestHead | None = None,
    of: Route | None = None,
) -> Exchange:
    return Exchange(head or request(), client or Client(), of or route(), Instant(0.0))


class Proxy:
    """A pipeline with one route, and what it did."""

    def __init__(self, *connections: Connection | SidecarError, **options: Any) -> None:
        self.upstream = Upstream(*connections)
        self.route = options.pop("route", None) or route(self.upstream)
        self.route = replace(self.route, upstream=cast("Any", self.upstream))
        self.seen = Seen()
        self.deadlines = Deadlines()
        self.pipeline = Pipeline(
            Site(
                Router([ANY]),
                [self.route],
                Networks(options.pop("trusted", ())),
                b"sidecar-test",
            ),
            self.seen,
            options.pop("clock", None) or Clock(),
            self.deadlines,
            self.seen.defects.append,
        )

    async def pass_on(
        self, client: Client, head: RequestHead | None = None
    ) -> Exchange:
        one = self.pipeline.begin(head or request(), client)
        if not self.pipeline.answer(one):
            await self.pipeline.forward(one)
        return self.seen.only
