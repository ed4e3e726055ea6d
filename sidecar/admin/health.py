"""Health: what Kubernetes, Docker and Prometheus ask, on a listener of its own.

    /startupz  sockets are open             never the upstream
    /livez     every worker's loop turns    never the upstream
    /readyz    traffic may come             `policy.readiness`
    /healthz   the same for people, and /metrics

Read-only. Everything it shows is given to it as callables.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from json.encoder import encode_basestring_ascii as quote

from aiohttp import web

from sidecar.admin.answers import as_json, problems, seal
from sidecar.policy.readiness import (
    Check,
    Readiness,
    Reason,
    Rule,
    UpstreamState,
    readiness,
)
from sidecar.semantics.negotiation import prefers
from sidecar.telemetry import process
from sidecar.telemetry.exposition import rendered
from sidecar.telemetry.redaction import text
from sidecar.telemetry.snapshot import Snapshot
from sidecar.telemetry.timestamps import rfc3339
from sidecar.units import Bytes, Seconds

# A loop that has not turned for this long is replaced rather than waited for.
STALLED: Seconds = 10.0

_TEXT, _JSON = b"text/plain", b"application/json"
_DETAIL: Bytes = 200


@dataclass(frozen=True, slots=True)
class HealthState:
    """What the server knows of itself.

    `started`: the configuration is loaded, the sockets are open.
    `heartbeats`: how long ago each worker's loop turned, by the worker's name.
    """

    rule: Callable[[], Rule]
    started: Callable[[], bool]
    draining: Callable[[], bool]
    heartbeats: Callable[[], Mapping[str, Seconds]]
    upstreams: Callable[[], Sequence[UpstreamState]]
    uptime: Callable[[], Seconds]

    def startup(self) -> Readiness:
        return Readiness(
            (Check("started", None if self.started() else Reason.STARTING),)
        )

    def liveness(self) -> Readiness:
        ages = self.heartbeats()
        return Readiness(tuple(_beat(name, age) for name, age in ages.items()))

    def readiness(self) -> Readiness:
        return readiness(
            self.rule(),
            started=self.started(),
            draining=self.draining(),
            upstreams=self.upstreams(),
        )


def health_app(
    state: HealthState, gather: Callable[[], Awaitable[Snapshot]]
) -> web.Application:
    """Return the application of the health listener.

    `gather` reads the numbers behind /metrics.
    """
    app = web.Application(middlewares=[problems])
    app.on_response_prepare.append(seal)
    for path, probe in (
        ("/startupz", state.startup),
        ("/livez", state.liveness),
        ("/readyz", state.readiness),
    ):
        app.router.add_get(path, _Probe(probe).answer)
    app.router.add_get("/healthz", _Overview(state).answer)
    app.router.add_get("/metrics", _Scrape(gather).answer)
    return app


class _Probe:
    def __init__(self, probe: Callable[[], Readiness]) -> None:
        self._probe = probe

    async def answer(self, request: web.Request) -> web.Response:
        found = self._probe()
        status = HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
        accept = request.headers.get("Accept", "").encode("utf-8", "replace")
        if accept and prefers(accept, (_TEXT, _JSON)) == _JSON:
            return as_json(_document(found), status)
        lines = found.checks if "verbose" in request.query else found.failed
        said = [_line(check) for check in lines]
        said.append("ok" if found.ready else "not ready")
        return web.Response(text="\n".join(said) + "\n", status=status)


class _Overview:
    def __init__(self, state: HealthState) -> None:
        self._state = state

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer 200 whatever it says: this one is read, not acted upon."""
        state = self._state
        upstreams = state.upstreams()
        fine = (
            state.readiness().ready
            and state.liveness().ready
            and all(upstream.healthy for upstream in upstreams)
        )
        return as_json(
            {
                "status": "ok" if fine else "degraded",
                "timestamp": rfc3339(time.time()),
                "uptime": round(state.uptime(), 3),
                "memory": {"resident": process.resident()},
                "draining": state.draining(),
                "upstreams": {
                    upstream.name: {
                        "contacted": upstream.contacted,
                        "healthy": upstream.healthy,
                        "detail": text(upstream.detail, _DETAIL),
                    }
                    for upstream in upstreams
                },
            }
        )


class _Scrape:
    def __init__(self, gather: Callable[[], Awaitable[Snapshot]]) -> None:
        self._gather = gather

    async def answer(self, request: web.Request) -> web.Response:
        accept = request.headers.get("Accept", "")
        snapshot = await self._gather()
        content, content_type = await rendered(snapshot, accept)
        return web.Response(body=content, headers={"Content-Type": content_type})


def _beat(name: str, age: Seconds) -> Check:
    stalled = Reason.STALLED if age > STALLED else None
    return Check(f"worker {name}", stalled, f"last turned {age:.1f}s ago")


def _line(check: Check) -> str:
    if check.reason is None:
        return f"[+]{check.name} ok"
    detail = quote(text(check.detail, _DETAIL))[1:-1]
    return f"[-]{check.name}: {check.reason}" + (f", {detail}" if detail else "")


def _document(found: Readiness) -> dict[str, object]:
    return {
        "status": "ok" if found.ready else "not ready",
        "checks": [
            {
                "name": check.name,
                "ok": check.reason is None,
                "reason": check.reason,
                "detail": text(check.detail, _DETAIL),
            }
            for check in found.checks
        ],
    }
