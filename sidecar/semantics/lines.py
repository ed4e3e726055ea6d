"""Lines: field lines as they are most often written, each read only once.

The same few lines come with every message. What a line says, and whether it
passes a proxy, is worked out at its first coming and looked up at the next. Who
reads a head this way reads the plain ones only: `NotPlain` sends everything
else, and everything in doubt, to the full parser.
"""

from typing import TypeAlias

from sidecar.semantics.fields import OWS, is_field_value, is_token
from sidecar.semantics.hop_by_hop import Passing
from sidecar.semantics.message import Field
from sidecar.semantics.target import is_host
from sidecar.units import Bytes

Line: TypeAlias = tuple[Field, Field, bytes]
"""The field as sent, its lower-case name and value, and the line that is passed
on, with its CRLF; empty where it ends at this hop."""

# Of new lines in every message, as an attacker sends them, so many are kept.
REMEMBERED = 2048
REMEMBERED_LENGTH: Bytes = 256
# Secrets, which are not kept longer than their message; and what is new in each.
_FORGOTTEN = frozenset(
    {
        b"authorization",
        b"cookie",
        b"proxy-authorization",
        b"set-cookie",
        b"traceparent",
        b"tracestate",
        b"x-api-key",
        b"x-request-id",
    }
)


class NotPlain(ValueError):
    """The full parser is to judge this head."""


class Lines(dict[bytes, Line]):
    """A field line → what it says. A dictionary that fills itself, up to a bound.

    `passing` says what goes on. Missing lines that are not plain raise `NotPlain`.
    """

    def __init__(self, passing: Passing) -> None:
        super().__init__()
        self._passing = passing

    def __missing__(self, line: bytes) -> Line:
        name, colon, value = line.partition(b":")
        lower = name.lower()
        value = value.strip(OWS)
        if (
            not colon
            or not is_token(name)
            or not is_field_value(value)
            or b"_" in name
            or lower == b"proxy"
            or (lower == b"host" and not is_host(value))
        ):
            raise NotPlain
        passes = self._passing[name]
        on = b"%b: %b\r\n" % (name, value) if passes else b""
        read = ((name, value), (lower, value), on)
        if len(line) <= REMEMBERED_LENGTH and lower not in _FORGOTTEN:
            if len(self) >= REMEMBERED:
                self.clear()
            self[line] = read
        return read
