"""Access line: one request as one line of JSON; `combined_line` has the other format.

Everything a client or an upstream chose is escaped: a line is one line, of
ASCII, at most `LINE` bytes. Fields are cut before they are escaped; a line
that is too long all the same is rendered again with fields cut shorter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from time import gmtime, strftime
from typing import Final, TypeAlias

from sidecar.telemetry.finished import Finished
from sidecar.telemetry.redaction import REDACTED, redacted, text
from sidecar.units import Bytes, Timestamp

LINE: Final[Bytes] = 8192

Render: TypeAlias = Callable[[Finished, Timestamp], bytes]

# Of a memory, and of one text in it: what is longer is quoted each time.
REMEMBERED: Final = 512
REMEMBERED_LENGTH: Final[Bytes] = 256

_QUOTE: Final = encode_basestring_ascii
_THREE_DIGITS: Final = tuple(f"{number:03d}" for number in range(1000))
# Below it a float times a thousand is right to six decimals and more.
_LONG: Final = 1e6
_DOUBT: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Cuts:
    """How much of each field goes into a line."""

    target: Bytes
    agent: Bytes
    detail: Bytes
    name: Bytes


USUAL: Final = Cuts(target=2048, agent=512, detail=512, name=128)
# Escaping makes six bytes of a byte, twelve of a character of a string:
# 6 * (384 + 96 + 30) + 12 * (96 + 7 * 30 + 64 for the service) + 550.
SHORT: Final = Cuts(target=384, agent=96, detail=96, name=30)


class Quoted:
    """Text of at most `cut` as JSON has it. What comes often is quoted once."""

    __slots__ = ("_cut", "_known")

    def __init__(self, cut: Bytes) -> None:
        self._cut = cut
        self._known: dict[bytes | str, str] = {}

    def of(self, value: bytes | str) -> str:
        known = self._known.get(value)
        if known is not None:
            return known
        quoted = _QUOTE(text(value, self._cut))
        if len(value) <= REMEMBERED_LENGTH:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[value] = quoted
        return quoted


class JsonLine:
    """Renders JSON lines; docs/observability.md lists the keys."""

    def __init__(self, *, service: str = "", redact: frozenset[bytes]) -> None:
        tail = f',"service":{_QUOTE(text(service, 64))}}}\n' if service else "}\n"
        shows_agent = b"user-agent" not in redact
        self._usual = _Lines(USUAL, tail, shows_agent=shows_agent)
        self._short = _Lines(SHORT, tail, shows_agent=shows_agent)

    def __call__(self, finished: Finished, now: Timestamp) -> bytes:
        line = self._usual.line(finished, now)
        if len(line) > LINE:
            line = self._short.line(finished, now)
        return line.encode("ascii")


class _Lines:
    """Lines with the same cuts."""

    __slots__ = (
        "_agents",
        "_cuts",
        "_methods",
        "_names",
        "_prefix",
        "_second",
        "_shows_agent",
        "_tail",
    )

    def __init__(self, cuts: Cuts, tail: str, *, shows_agent: bool) -> None:
        self._cuts = cuts
        self._tail = tail
        self._shows_agent = shows_agent
        self._agents = Quoted(cuts.agent)
        self._methods = Quoted(cuts.name)
        self._names = Quoted(cuts.name)
        self._second = -1
        self._prefix = ""

    def line(self, finished: Finished, now: Timestamp) -> str:
        request, cuts, names = finished.request, self._cuts, self._names
        second = int(now)
        if second != self._second:
            self._second = second
            self._prefix = strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
        agent = REDACTED
        if self._shows_agent:
            agent = request.values.get(b"user-agent", b"")
        took = finished.ended - finished.started
        # Cut first: redacting costs by length, and a value cut off keeps its name.
        target = redacted(request.target[: cuts.target])
        return (
            f'{{"timestamp":"{self._prefix}'
            f'.{_THREE_DIGITS[int((now - second) * 1000)]}Z"'
            f',"method":{self._methods.of(request.method)}'
            f',"target":{_QUOTE(text(target, cuts.target))}'
            f',"route":{names.of(finished.route)}'
            f',"status":{finished.status},"duration_ms":{milliseconds(took)}'
            f',"bytes_in":{finished.received},"bytes_out":{finished.sent}'
            f',"client":{names.of(finished.client)}'
            f',"user_agent":{self._agents.of(agent)}'
            f',"request_id":{_QUOTE(text(finished.request_id, cuts.name))}'
            f',"trace_id":{_QUOTE(text(finished.trace_id, cuts.name))}'
            f"{_waited(finished)}{_upstream(finished, took, names)}"
            f"{_error(finished, cuts)}{self._tail}"
        )


def milliseconds(seconds: float) -> str:
    """Three decimals, as `.3f` has them, which takes longer."""
    value = seconds * 1000
    if 0.0 <= value < _LONG:
        thousandths = value * 1000
        whole = int(thousandths)
        over = thousandths - whole - 0.5
        if abs(over) > _DOUBT:
            if over > 0:
                whole += 1
            return f"{whole // 1000}.{_THREE_DIGITS[whole % 1000]}"
    return f"{value:.3f}"


def _waited(finished: Finished) -> str:
    waited = finished.waited
    return f',"waited_ms":{milliseconds(waited)}' if waited else ""


def _upstream(finished: Finished, took: float, names: Quoted) -> str:
    upstream = finished.upstream
    if upstream is None:
        return ""
    waited, queue = finished.waited, finished.queue or 0.0
    spent = (
        (finished.connect or 0.0)
        + finished.unanswered
        + (finished.first_byte or 0.0)
        + (finished.body or 0.0)
    )
    return (
        f',"upstream":{names.of(upstream)}'
        f',"endpoint":{names.of(finished.endpoint or "")}'
        f',"reused":{"true" if finished.reused else "false"}'
        f',"attempts":{finished.attempts},"queue_ms":{milliseconds(queue)}'
        f',"upstream_ms":{milliseconds(spent)}'
        f',"overhead_ms":{milliseconds(max(took - waited - queue - spent, 0.0))}'
    )


def _error(finished: Finished, cuts: Cuts) -> str:
    if finished.error is None:
        return ""
    error = f',"error":{_QUOTE(text(finished.error, cuts.name))}'
    if not finished.detail:
        return error
    return f'{error},"detail":{_QUOTE(text(finished.detail, cuts.detail))}'
