"""Access line: one request as one line of JSON; `combined_line` has the other format.

Everything a client or an upstream chose is escaped: a line is one line, of
ASCII, at most `LINE` bytes. Fields are cut before they are escaped; a line
that is too long all the same is rendered again with fields cut shorter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quote
from time import gmtime, strftime

from sidecar.telemetry.finished import Finished
from sidecar.telemetry.redaction import REDACTED, redacted, text
from sidecar.units import Bytes, Timestamp

LINE: Bytes = 8192

Render = Callable[[Finished, Timestamp], bytes]


@dataclass(frozen=True, slots=True)
class Cuts:
    """How much of each field goes into a line."""

    target: Bytes
    agent: Bytes
    detail: Bytes
    name: Bytes


USUAL = Cuts(target=2048, agent=512, detail=512, name=128)
# Escaping makes six bytes of a byte, twelve of a character of a string:
# 6 * (384 + 96 + 30) + 12 * (96 + 7 * 30 + 64 for the service) + 550.
SHORT = Cuts(target=384, agent=96, detail=96, name=30)


class JsonLine:
    """Renders JSON lines; docs/observability.md lists the keys."""

    def __init__(self, *, service: str = "", redact: frozenset[bytes]) -> None:
        self._agent = b"user-agent" not in redact
        self._tail = f',"service":{quote(text(service, 64))}}}\n' if service else "}\n"
        self._second = -1
        self._prefix = ""

    def __call__(self, finished: Finished, now: Timestamp) -> bytes:
        line = self._line(finished, now, USUAL)
        if len(line) > LINE:
            line = self._line(finished, now, SHORT)
        return line.encode("ascii")

    def _line(self, finished: Finished, now: Timestamp, cuts: Cuts) -> str:
        request = finished.request
        second = int(now)
        if second != self._second:
            self._second = second
            self._prefix = strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
        agent = request.values.get(b"user-agent", b"")
        name = cuts.name
        took = finished.ended - finished.started
        return (
            f'{{"timestamp":"{self._prefix}.{int((now - second) * 1000):03d}Z"'
            f',"method":{quote(text(request.method, name))}'
            f',"target":{quote(_target(request.target, cuts.target))}'
            f',"route":{quote(text(finished.route, name))}'
            f',"status":{finished.status:d},"duration_ms":{took * 1000:.3f}'
            f',"bytes_in":{finished.received:d},"bytes_out":{finished.sent:d}'
            f',"client":{quote(text(finished.client, name))}'
            f',"user_agent":'
            f"{quote(text(agent if self._agent else REDACTED, cuts.agent))}"
            f',"request_id":{quote(text(finished.request_id, name))}'
            f',"trace_id":{quote(text(finished.trace_id, name))}'
            f"{_waited(finished)}{_upstream(finished, took, name)}"
            f"{_error(finished, cuts)}{self._tail}"
        )


def _target(target: bytes, cut: Bytes) -> str:
    # Cut first: redacting costs by length, and a value cut off keeps its name.
    return text(redacted(target[:cut]), cut)


def _waited(finished: Finished) -> str:
    waited = finished.waited
    return f',"waited_ms":{waited * 1000:.3f}' if waited else ""


def _upstream(finished: Finished, took: float, cut: Bytes) -> str:
    if finished.upstream is None:
        return ""
    waited, queue = finished.waited, finished.queue or 0.0
    spent = (
        (finished.connect or 0.0)
        + finished.unanswered
        + (finished.first_byte or 0.0)
        + (finished.body or 0.0)
    )
    return (
        f',"upstream":{quote(text(finished.upstream, cut))}'
        f',"endpoint":{quote(text(finished.endpoint or "", cut))}'
        f',"reused":{"true" if finished.reused else "false"}'
        f',"attempts":{finished.attempts:d},"queue_ms":{queue * 1000:.3f}'
        f',"upstream_ms":{spent * 1000:.3f}'
        f',"overhead_ms":{max(took - waited - queue - spent, 0.0) * 1000:.3f}'
    )


def _error(finished: Finished, cuts: Cuts) -> str:
    if finished.error is None:
        return ""
    error = f',"error":{quote(text(finished.error, cuts.name))}'
    if not finished.detail:
        return error
    return f'{error},"detail":{quote(text(finished.detail, cuts.detail))}'
