"""Lines: field lines as they are most often written, each read only once.

The same few lines come with every message. What a line says, and whether it
passes a proxy, is worked out at its first coming and looked up at the next. Who
reads a head this way reads the plain ones only: `NotPlain` sends everything
else, and everything in doubt, to the full parser.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

from sidecar.semantics.fields import OWS, is_field_value, is_token
from sidecar.semantics.hop_by_hop import Passing
from sidecar.semantics.message import Field, Fields
from sidecar.semantics.target import is_host
from sidecar.units import Bytes

Line: TypeAlias = tuple[Field, Field, bytes]
"""The field as sent, its lower-case name and value, and the line that is passed
on, with its CRLF; empty where it ends at this hop."""

# Of new lines in every message, as an attacker sends them, so many are kept.
REMEMBERED: Final = 2048
REMEMBERED_LENGTH: Final[Bytes] = 256
# Secrets, which are not kept longer than their message; and what is new in each.
_FORGOTTEN: Final = frozenset(
    {
        b"authorization",
        b"cookie",
        b"proxy-authorization",
        b"set-cookie",
        b"traceparent",
        b"tracestate",
        b"x-access-token",
        b"x-amz-security-token",
        b"x-api-key",
        b"x-auth-token",
        b"x-csrf-token",
        b"x-request-id",
    }
)


Section: TypeAlias = tuple[Fields, dict[bytes, bytes], list[bytes]]
"""`fields`, `values` and `passing` of a plain head (`semantics.message`)."""


class NotPlain(ValueError):
    """The full parser is to judge this head."""


class Lines(dict[bytes, Line]):
    """A field line → what it says. A dictionary that fills itself, up to a bound.

    `passing` says what goes on. Missing lines that are not plain raise `NotPlain`.
    """

    def __init__(self, passing: Passing) -> None:
        super().__init__()
        self._names = _Names(passing)

    def section(self, lines: Iterable[bytes]) -> Section:
        """What all lines of a head say together.

        Raises:
            NotPlain: one is not plain, or a field came twice.
        """
        # One loop: it costs half of what three comprehensions do.
        fields: Fields = []
        values: dict[bytes, bytes] = {}
        passing: list[bytes] = []
        for line in lines:
            field, (name, value), on = self[line]
            fields.append(field)
            values[name] = value
            if on:
                passing.append(on)
        if len(values) != len(fields):
            raise NotPlain
        return fields, values, passing

    def __missing__(self, line: bytes) -> Line:
        name, colon, value = line.partition(b":")
        if not colon:
            raise NotPlain
        lower, passes, comes_again = self._names[name]
        value = value.strip(OWS)
        if not is_field_value(value) or (lower == b"host" and not is_host(value)):
            raise NotPlain
        on = b"%b: %b\r\n" % (name, value) if passes else b""
        read = ((name, value), (lower, value), on)
        if comes_again and len(line) <= REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED:
                self.clear()
            self[line] = read
        return read


class _Names(dict[bytes, tuple[bytes, bool, bool]]):
    """A name → its lower-case form, whether it passes, whether to remember its line."""

    def __init__(self, passing: Passing) -> None:
        super().__init__()
        self._passing = passing

    def __missing__(self, name: bytes) -> tuple[bytes, bool, bool]:
        lower = name.lower()
        if not is_token(name) or b"_" in name or lower == b"proxy":
            raise NotPlain
        read = (lower, bool(self._passing[name]), lower not in _FORGOTTEN)
        if len(name) <= REMEMBERED_LENGTH and len(self) < REMEMBERED:
            self[name] = read
        return read
