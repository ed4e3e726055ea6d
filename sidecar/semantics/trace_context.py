"""Trace context: the traceparent field, read and written (W3C Trace Context).

Identifiers are lower-case hex, as on the wire. New ones come from the caller:
randomness is not this floor's.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

_FIELD: Final = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})"
    rb"-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.DOTALL,
)

SAMPLED: Final = 0x01
_SPAN: Final = 16
# Sampled, and random-trace-id of Level 2; others must be sent as zero.
_KNOWN_FLAGS: Final = 0x03


@dataclass(frozen=True, slots=True)
class TraceParent:
    trace_id: bytes
    """32 hex digits."""
    parent_id: bytes
    """16 hex digits: the span that asks."""
    flags: int = 0

    @property
    def sampled(self) -> bool:
        return bool(self.flags & SAMPLED)


def parse(value: bytes) -> TraceParent | None:
    """Read the field; None means: start a trace of your own.

    A version we do not know is read by its first four parts (§4.3).
    """
    found = _FIELD.fullmatch(value)
    if found is None:
        return None
    version, trace_id, parent_id, flags, rest = found.groups()
    if rest is not None and version == b"00":
        return None
    return TraceParent(trace_id, parent_id, int(flags, 16) & _KNOWN_FLAGS)


def render(parent: TraceParent) -> bytes:
    return b"00-%b-%b-%02x" % (parent.trace_id, parent.parent_id, parent.flags)


def continued(field: bytes | None, number: bytes) -> bytes:
    """The client's trace; where it has none, one of which `number` is the name.

    `number` is 32 hex digits; half of them name the span. Nobody records it yet:
    the sampled flag is off.
    """
    if field is not None and parse(field) is not None:
        return field
    return b"00-%b-%b-00" % (number, number[:_SPAN])


def child(parent: TraceParent, span_id: bytes) -> TraceParent:
    """The same trace, asked for by `span_id`."""
    return replace(parent, parent_id=span_id)
