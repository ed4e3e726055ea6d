"""Insight: what the health and the admin listener get to see of a sidecar.

Of one process or of many: a `Sight` is what both know of themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Protocol, TypedDict

from aiohttp import web

from sidecar import __version__
from sidecar.admin.access import Access
from sidecar.admin.answers import Problem
from sidecar.admin.api import Control, Question, admin_app
from sidecar.admin.health import HealthState, health_app
from sidecar.admin.stats import stats
from sidecar.config.effective import effective
from sidecar.config.load import Loaded
from sidecar.policy.circuit import State
from sidecar.policy.readiness import Rule, UpstreamState
from sidecar.proxy.circuit_view import CircuitView
from sidecar.server.explaining import NotARequest, explained
from sidecar.server.reloads import Outcome, Reloads, Result
from sidecar.storage.listing import Shown
from sidecar.storage.store import Purge
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.snapshot import Snapshot
from sidecar.telemetry.timestamps import rfc3339
from sidecar.units import Seconds


class Sight(Protocol):
    """A sidecar, as far as it is shown and told what to do."""

    @property
    def loaded(self) -> Loaded:
        """What is in effect."""

    @property
    def on_reload(self) -> list[Callable[[Loaded], None]]:
        """Told of what is in effect from now on."""

    @property
    def reloads(self) -> Reloads: ...

    @property
    def gather(self) -> Callable[[], Awaitable[Snapshot]]: ...

    def started(self) -> bool: ...

    def draining(self) -> bool: ...

    def uptime(self) -> Seconds: ...

    def heartbeats(self) -> Mapping[str, Seconds]:
        """How long ago each worker's loop turned, by its name."""

    def upstreams(self) -> Sequence[UpstreamState]: ...

    async def slow(self) -> Sequence[SlowRequest]: ...

    async def entries(self) -> Sequence[Shown]:
        """Some of what is stored."""

    async def purge(self, purge: Purge) -> Mapping[str, bool]:
        """Purge what is stored; by tier, whether it was reached."""

    async def breakers(self) -> Sequence[CircuitView]: ...

    async def hold(self, name: str, state: State | None) -> bool:
        """Hold a circuit in a state, or none; whether there is one of that name."""

    def drain(self) -> None:
        """Stop being ready; go on serving."""

    async def reload(self) -> Outcome: ...


def health(sight: Sight) -> web.Application:
    state = HealthState(
        rule=lambda: Rule(sight.loaded.config.health.readiness),
        started=sight.started,
        draining=sight.draining,
        heartbeats=sight.heartbeats,
        upstreams=sight.upstreams,
        uptime=sight.uptime,
    )
    return health_app(state, sight.gather)


def admin(sight: Sight) -> web.Application:
    async def document() -> Mapping[str, object]:
        return stats(await sight.gather(), uptime=sight.uptime())

    async def reload() -> Mapping[str, object]:
        return reloaded(await sight.reload())

    async def explain(question: Question) -> Mapping[str, object]:
        # It takes long where there are many routes.
        return await asyncio.to_thread(explanation, sight.loaded, question)

    control = Control(
        stats=document,
        config=lambda: configuration(sight.loaded, sight.reloads),
        explain=explain,
        slow=sight.slow,
        drain=sight.drain,
        purge=sight.purge,
        entries=sight.entries,
        breakers=sight.breakers,
        hold=sight.hold,
        reload=reload,
    )
    access = Access(**_admitted(sight.loaded))
    sight.on_reload.append(lambda loaded: access.use(**_admitted(loaded)))
    return admin_app(control, access, version=__version__)


def explanation(loaded: Loaded, asked: Question) -> Mapping[str, object]:
    """Raises Problem where that is no request."""
    try:
        found = explained(loaded, asked.method, asked.url, asked.fields, asked.client)
    except NotARequest as error:
        bad = HTTPStatus.BAD_REQUEST
        raise Problem(bad, "bad_request", f"{error}.") from error
    return asdict(found)


class _Admitted(TypedDict):
    token: str | None
    hosts: Iterable[str]


def _admitted(loaded: Loaded) -> _Admitted:
    section = loaded.config.admin
    token = section.token
    return {
        "token": None if token is None else token.get_secret_value(),
        "hosts": section.hosts,
    }


def configuration(loaded: Loaded, reloads: Reloads) -> dict[str, object]:
    """What is in effect, where it comes from, and how the last reload ended."""
    last = reloads.last
    return {
        **effective(loaded),
        "generation": reloads.generation,
        "loaded": rfc3339(reloads.at),
        "last_reload": None if last is None else _outcome(last),
    }


def reloaded(outcome: Outcome) -> Mapping[str, object]:
    """What a successful reload is answered; raises Problem for others."""
    if outcome.result is Result.SUCCESS:
        return {
            "result": outcome.result,
            "generation": outcome.generation,
            "needs_restart": list(outcome.needs_restart),
        }
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "not_reloaded",
        "The configuration in effect was not changed.",
        more=_outcome(outcome),
    )


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "result": outcome.result,
        "generation": outcome.generation,
        "needs_restart": list(outcome.needs_restart),
        "why": outcome.why,
        "mistakes": [_mistake(asdict(one)) for one in outcome.mistakes],
    }


def _mistake(said: dict[str, object]) -> dict[str, object]:
    del said["excerpt"]
    return said
