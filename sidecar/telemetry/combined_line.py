r"""Combined line: one request in the combined log format of Apache and nginx.

What a client chose is escaped as nginx does, `\xHH`, so that a quoted field
ends where it seems to. A line is at most `LINE` bytes.
"""

from time import gmtime, strftime

from sidecar.telemetry.access_line import LINE, SHORT, USUAL, Cuts
from sidecar.telemetry.finished import Finished
from sidecar.telemetry.redaction import REDACTED, redacted
from sidecar.units import Bytes, Timestamp

_PRINTABLE = range(0x20, 0x7F)
_ESCAPES = {
    byte: f"\\x{byte:02X}"
    for byte in range(256)
    if byte not in _PRINTABLE or byte in b'"\\'
}


class CombinedLine:
    """Renders lines of the combined format."""

    def __init__(self, *, redact: frozenset[bytes]) -> None:
        self._redact = redact
        self._second = -1
        self._time = ""

    def __call__(self, finished: Finished, now: Timestamp) -> bytes:
        line = self._line(finished, now, USUAL)
        if len(line) > LINE:
            line = self._line(finished, now, SHORT)
        return line.encode("ascii")

    def _line(self, finished: Finished, now: Timestamp, cuts: Cuts) -> str:
        second = int(now)
        if second != self._second:
            self._second = second
            self._time = strftime("%d/%b/%Y:%H:%M:%S +0000", gmtime(second))
        request = finished.request
        target = redacted(request.target[: cuts.target])
        return (
            f"{_word(finished.client, cuts.name)} - - [{self._time}]"
            f' "{_escaped(request.method, cuts.name)}'
            f" {_escaped(target, cuts.target)} HTTP/1.{request.minor:d}"
            f'" {finished.status:d} {finished.sent:d}'
            f' "{self._value(finished, b"referer", cuts.target)}"'
            f' "{self._value(finished, b"user-agent", cuts.agent)}"\n'
        )

    def _value(self, finished: Finished, name: bytes, cut: Bytes) -> str:
        value = finished.request.values.get(name)
        if value is None:
            return "-"
        shown = REDACTED if name in self._redact else redacted(value[:cut])
        return _escaped(shown, cut)


def _escaped(value: bytes, cut: Bytes) -> str:
    return value[:cut].decode("latin-1").translate(_ESCAPES)


def _word(value: str, cut: Bytes) -> str:
    plain = value.encode("utf-8", "backslashreplace")
    return _escaped(plain, cut).replace(" ", "\\x20") or "-"
