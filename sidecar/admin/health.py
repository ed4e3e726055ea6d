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

from sidecar.admin.said import JSON, Said, written
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


class Health:
    """`gather` reads the numbers behind /metrics."""

    def __init__(
        self, state: HealthState, gather: Callable[[], Awaitable[Snapshot]]
    ) -> None:
        self._state = state
        self._gather = gather
        self._probes: Mapping[bytes, Callable[[], Readiness]] = {
            b"/startupz": state.startup,
            b"/livez": state.liveness,
            b"/readyz": state.readiness,
        }

    async def answer(self, method: bytes, target: bytes, accept: bytes) -> Said:
        """Answer a request for `target`, a path with or without a query."""
        path, _, query = target.partition(b"?")
        probe = self._probes.get(path)
        if probe is None and path not in (b"/healthz", b"/metrics"):
            return Said.refused(HTTPStatus.NOT_FOUND)
        if method not in (b"GET", b"HEAD"):
            return Said.refused(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET,HEAD"})
        if probe is not None:
            return _probed(probe(), accept, verbose=b"verbose" in _names(query))
        if path == b"/healthz":
            return _overview(self._state)
        wanted = accept.decode("utf-8", "replace")
        content, content_type = await rendered(await self._gather(), wanted)
        return Said(content, content_type=content_type)


def _names(query: bytes) -> list[bytes]:
    return [pair.partition(b"=")[0] for pair in query.split(b"&")]


def _probed(found: Readiness, accept: bytes, *, verbose: bool) -> Said:
    status = HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
    if accept and prefers(accept, (_TEXT, _JSON)) == _JSON:
        return Said(written(_document(found)), status, JSON)
    lines = [_line(check) for check in (found.checks if verbose else found.failed)]
    lines.append("ok" if found.ready else "not ready")
    return Said(("\n".join(lines) + "\n").encode(), status)


def _overview(state: HealthState) -> Said:
    """Answer 200 whatever it says: this one is read, not acted upon."""
    upstreams = state.upstreams()
    fine = (
        state.readiness().ready
        and state.liveness().ready
        and all(upstream.healthy for upstream in upstreams)
    )
    return Said.json(
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
