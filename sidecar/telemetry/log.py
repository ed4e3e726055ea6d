"""Log: the sidecar's own events on standard error, one line each.

JSON for machines, plain text on a terminal. Values are cut and escaped, and
written by a thread, as those of the access log are. What libraries log joins
through `Bridge`.
"""

import logging
import time
from collections.abc import Callable
from enum import IntEnum
from json.encoder import encode_basestring_ascii as quote
from time import gmtime, strftime

from sidecar.telemetry.access_log import Lines
from sidecar.telemetry.pacing import Pace
from sidecar.telemetry.redaction import text
from sidecar.telemetry.timestamps import rfc3339
from sidecar.units import Bytes

VALUE: Bytes = 512
TRACEBACK: Bytes = 4096
FIELDS = 16
# Of a library's message, which may go on with what differs each time.
_KIND = 40

Value = str | bytes | float | bool | None


class Level(IntEnum):
    """The numbers are those of the standard library."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class Log:
    """Writes events from `level` on. An event is a short constant phrase."""

    def __init__(
        self,
        lines: Lines,
        *,
        level: Level = Level.INFO,
        plain: bool = False,
        service: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._write = lines.write
        self.level = level
        self._render = _plain if plain else _json
        self._service = {"service": service} if service else {}
        self._clock = clock

    def debug(self, event: str, **fields: Value) -> None:
        self.log(Level.DEBUG, event, **fields)

    def info(self, event: str, **fields: Value) -> None:
        self.log(Level.INFO, event, **fields)

    def warning(self, event: str, **fields: Value) -> None:
        self.log(Level.WARNING, event, **fields)

    def error(self, event: str, **fields: Value) -> None:
        self.log(Level.ERROR, event, **fields)

    def log(self, level: Level, event: str, **fields: Value) -> None:
        if level < self.level:
            return
        kept = dict(list(fields.items())[:FIELDS]) | self._service
        self._write(self._render(self._clock(), level, event, kept))


class Bridge(logging.Handler):
    """Hands what libraries log to a `Log`; a traceback becomes one field.

    At most one a second of each kind: a loop that cannot accept, for want of
    descriptors, says so thousands of times.
    """

    def __init__(self, log: Log, pace: Pace | None = None) -> None:
        super().__init__(log.level)
        self._log = log
        self._pace = pace or Pace()

    def emit(self, record: logging.LogRecord) -> None:
        suppressed = self._pace.admit((record.name, str(record.msg)[:_KIND]))
        if suppressed is None:
            return
        fields: dict[str, Value] = {"logger": record.name}
        if suppressed:
            fields["suppressed"] = suppressed
        if record.exc_info:
            formatter = logging.Formatter()
            fields["traceback"] = formatter.formatException(record.exc_info)
        self._log.log(_level(record.levelno), _message(record), **fields)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit the format
        return str(record.msg)


def _level(number: int) -> Level:
    return max((one for one in Level if one <= number), default=Level.DEBUG)


def _json(now: float, level: Level, event: str, fields: dict[str, Value]) -> bytes:
    head = (
        f'{{"timestamp":"{rfc3339(now)}"'
        f',"level":"{level.name.lower()}","event":{quote(text(event, VALUE))}'
    )
    rest = "".join(f",{quote(name)}:{_value(name, v)}" for name, v in fields.items())
    return f"{head}{rest}}}\n".encode("ascii")


def _plain(now: float, level: Level, event: str, fields: dict[str, Value]) -> bytes:
    stamp = strftime("%H:%M:%S", gmtime(now))
    rest = "".join(f" {name}={_value(name, v)}" for name, v in fields.items())
    said = quote(text(event, VALUE))[1:-1]
    line = f"{stamp} {level.name:7} {said}{rest}\n"
    return line.encode("ascii")


def _value(name: str, value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            # JSON knows neither infinity nor NaN.
            return f"{value:.6g}" if abs(value) < float("inf") else "null"
        case _:
            return quote(text(value, TRACEBACK if name == "traceback" else VALUE))
