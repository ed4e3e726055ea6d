"""Admin API: what the sidecar knows and may be told, as JSON.

Reading is GET; what changes something is POST with a JSON content type. Who may
ask is `admin.access`; what is answered is described by `admin.openapi`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus

from aiohttp import web

from sidecar.admin import holding, purging
from sidecar.admin.access import Access, guard
from sidecar.admin.analysis import Measured, measured
from sidecar.admin.answers import Problem, as_json, problems, seal, told, wrong
from sidecar.admin.openapi import OPERATIONS, openapi
from sidecar.policy.circuit import State
from sidecar.proxy.circuit_view import CircuitView
from sidecar.storage.listing import Shown
from sidecar.storage.store import Purge
from sidecar.telemetry.redaction import redacted
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.timestamps import rfc3339
from sidecar.units import Bytes

BODY: Bytes = 512 << 10


@dataclass(frozen=True, slots=True)
class Question:
    """A request that is to be explained; `fields` as in a message: `Name: value`."""

    url: str
    method: str
    fields: Sequence[str]
    client: str


@dataclass(frozen=True, slots=True)
class Control:
    """What the listener shows and does; `config` comes without secrets."""

    stats: Callable[[], Awaitable[Mapping[str, object]]]
    config: Callable[[], Mapping[str, object]]
    explain: Callable[[Question], Awaitable[Mapping[str, object]]]
    """Raises Problem where that is no request."""
    analyze: Callable[[Measured], Awaitable[Mapping[str, object] | None]]
    """None: there is no such route."""
    slow: Callable[[], Awaitable[Sequence[SlowRequest]]]
    drain: Callable[[], None]
    purge: Callable[[Purge], Awaitable[Mapping[str, bool]]]
    """By tier, whether it was reached."""
    entries: Callable[[], Awaitable[Sequence[Shown]]]
    breakers: Callable[[], Awaitable[Sequence[CircuitView]]]
    hold: Callable[[str, State | None], Awaitable[bool]]
    """Hold a circuit in a state, or none; whether there is one of that name."""
    reload: Callable[[], Awaitable[Mapping[str, object]]]
    """Raises Problem where the configuration is not put in effect."""


def admin_app(control: Control, access: Access, *, version: str) -> web.Application:
    """Return the application of the admin listener."""
    app = web.Application(middlewares=[problems, guard(access)], client_max_size=BODY)
    app.on_response_prepare.append(seal)
    api = _Api(control, version)
    answers = {
        ("GET", "/"): api.index,
        ("GET", "/stats"): api.stats,
        ("GET", "/config"): api.config,
        ("GET", "/explain"): api.explain,
        ("GET", "/slow"): api.slow,
        ("GET", "/cache/entries"): api.entries,
        ("GET", "/breakers"): api.breakers,
        ("POST", "/breakers/{name}"): api.hold,
        ("POST", "/analyze"): api.analyze,
        ("GET", "/openapi.json"): api.openapi,
        ("POST", "/cache/purge"): api.purge,
        ("POST", "/drain"): api.drain,
        ("POST", "/config/reload"): api.reload,
    }
    for operation in OPERATIONS:
        answer = answers[operation.method, operation.path]
        if operation.method == "GET":
            app.router.add_get(operation.path, answer)  # and HEAD
        else:
            app.router.add_route(operation.method, operation.path, answer)
    return app


class _Api:
    def __init__(self, control: Control, version: str) -> None:
        self._control = control
        self._version = version

    async def index(self, _request: web.Request) -> web.Response:
        return as_json(
            {
                "name": "sidecar",
                "version": self._version,
                "operations": [
                    {"method": one.method, "path": one.path, "summary": one.summary}
                    for one in OPERATIONS
                ],
            }
        )

    async def stats(self, _request: web.Request) -> web.Response:
        return as_json({"version": self._version, **await self._control.stats()})

    async def config(self, _request: web.Request) -> web.Response:
        return as_json(self._control.config())

    async def explain(self, request: web.Request) -> web.Response:
        query = request.query
        question = Question(
            query.get("url", ""),
            query.get("method", "GET"),
            query.getall("header", []),
            query.get("client", "127.0.0.1"),
        )
        return as_json(await self._control.explain(question))

    async def slow(self, _request: web.Request) -> web.Response:
        slowest = await self._control.slow()
        return as_json({"requests": [_slow(one) for one in slowest]})

    async def analyze(self, request: web.Request) -> web.Response:
        found = await self._control.analyze(measured(await request.read()))
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "There is no such route.")
        return as_json(found)

    async def entries(self, _request: web.Request) -> web.Response:
        entries = await self._control.entries()
        return as_json({"entries": [_told(one) for one in entries]})

    async def purge(self, request: web.Request) -> web.Response:
        wanted = purging.purge(await request.read())
        tiers = await self._control.purge(wanted)
        everywhere = all(tiers.values())
        status = HTTPStatus.OK if everywhere else HTTPStatus.MULTI_STATUS
        return as_json(purging.reached(wanted, tiers), status)

    async def breakers(self, _request: web.Request) -> web.Response:
        views = await self._control.breakers()
        return as_json({"breakers": [asdict(one) for one in views]})

    async def hold(self, request: web.Request) -> web.Response:
        name, said = request.match_info["name"], holding.wanted(await request.read())
        if not await self._control.hold(name, said.state):
            raise Problem(
                HTTPStatus.NOT_FOUND, "not_found", "There is no such circuit."
            )
        return as_json({"name": name, "state": said.word})

    async def openapi(self, _request: web.Request) -> web.Response:
        return as_json(openapi(self._version))

    async def drain(self, request: web.Request) -> web.Response:
        await _nothing_but_an_object(request)
        self._control.drain()
        return as_json({"draining": True}, HTTPStatus.ACCEPTED)

    async def reload(self, request: web.Request) -> web.Response:
        await _nothing_but_an_object(request)
        return as_json(await self._control.reload())


async def _nothing_but_an_object(request: web.Request) -> None:
    """Read a body that may be absent or `{}`: there is nothing to say in it."""
    content = await request.read()
    if content and told(content) != {}:
        raise wrong("Send no body, or an empty object.")


def _slow(slow: SlowRequest) -> dict[str, object]:
    return {**asdict(slow), "timestamp": rfc3339(slow.timestamp)}


def _told(entry: Shown) -> dict[str, object]:
    url = redacted(entry.url.encode("latin-1")).decode("latin-1")
    return {**asdict(entry), "url": url}
