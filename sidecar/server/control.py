"""Control: what the admin listener gets to see of a sidecar, and may tell it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import TypedDict

from aiohttp import web

from sidecar import __version__
from sidecar.admin.access import Access
from sidecar.admin.analysis import Measured, analysis
from sidecar.admin.answers import Problem
from sidecar.admin.api import Control, Question, admin_app
from sidecar.admin.stats import stats
from sidecar.config.effective import effective
from sidecar.config.load import Loaded
from sidecar.server.administered import Administered
from sidecar.server.connections import shortfall
from sidecar.server.explaining import NotARequest, explained
from sidecar.server.reloads import Outcome, Reloads, Result
from sidecar.telemetry.timestamps import rfc3339


def admin(sidecar: Administered) -> web.Application:
    async def document() -> Mapping[str, object]:
        wanted = sidecar.loaded.config.limits.connections
        fewer = shortfall(wanted, len(sidecar.heartbeats()))
        return stats(
            await sidecar.gather(),
            uptime=sidecar.uptime(),
            notes=[f"{fewer}."] if fewer else [],
        )

    async def analyze(asked: Measured) -> Mapping[str, object] | None:
        return analysis(await sidecar.gather(), asked)

    async def reload() -> Mapping[str, object]:
        return reloaded(await sidecar.reload())

    async def explain(question: Question) -> Mapping[str, object]:
        # It takes long where there are many routes.
        return await asyncio.to_thread(explanation, sidecar.loaded, question)

    control = Control(
        stats=document,
        config=lambda: configuration(sidecar.loaded, sidecar.reloads),
        explain=explain,
        analyze=analyze,
        slow=sidecar.slow,
        drain=sidecar.drain,
        purge=sidecar.purge,
        entries=sidecar.entries,
        breakers=sidecar.breakers,
        hold=sidecar.hold,
        reload=reload,
    )
    access = Access(**_admitted(sidecar.loaded))
    sidecar.on_reload.append(lambda loaded: access.use(**_admitted(loaded)))
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
