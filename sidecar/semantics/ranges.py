"""Ranges: the parts of a representation that a client wants (RFC 9110 §14).

A server may ignore Range, and we do where serving it would cost more than serving
the whole (§14.2, §17.15).
"""

from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from sidecar.semantics.message import Field
from sidecar.units import Bytes

MOST_RANGES = 8
# Players and viewers seek back once or twice; whoever does it more often probes.
MOST_OUT_OF_ORDER = 2

_UNIT = b"bytes="
_MOST_DIGITS = 18
_FAR = 10**_MOST_DIGITS


class Range(NamedTuple):
    """Positions of the first and the last byte."""

    first: int
    last: int

    @property
    def length(self) -> Bytes:
        return self.last - self.first + 1


class NoParts(Enum):
    WHOLE = auto()
    """Range is to be ignored: 200."""
    UNSATISFIABLE = auto()
    """416."""


Parts: TypeAlias = tuple[Range, ...] | NoParts


def parts(value: bytes, length: Bytes) -> Parts:
    """What a Range field asks of `length` bytes."""
    if value[: len(_UNIT)].lower() != _UNIT:
        return NoParts.WHOLE
    specs = value[len(_UNIT) :].split(b",", MOST_RANGES)
    if len(specs) > MOST_RANGES:
        return NoParts.WHOLE
    found: list[Range] = []
    for spec in specs:
        text = spec.strip(b" \t")
        one = _range(text, length) if text else None
        if one is NoParts.WHOLE:
            return NoParts.WHOLE
        if isinstance(one, Range):
            found.append(one)
    if not found:
        return NoParts.UNSATISFIABLE
    return NoParts.WHOLE if _is_wasteful(found, length) else tuple(found)


def _range(spec: bytes, length: Bytes) -> Range | NoParts | None:
    """One range; None where there is nothing of it, WHOLE where it is none."""
    start, dash, end = (part.strip(b" \t") for part in spec.partition(b"-"))
    if not dash or not all(not part or part.isdigit() for part in (start, end)):
        return NoParts.WHOLE
    if not start:
        if not end:
            return NoParts.WHOLE
        first, last = max(0, length - _number(end)), length - 1
    else:
        first, last = _number(start), _number(end) if end else _FAR
        if last < first:
            return NoParts.WHOLE
        last = min(last, length - 1)
    return Range(first, last) if first <= last else None


def _number(digits: bytes) -> int:
    digits = digits.lstrip(b"0") or b"0"
    return int(digits) if len(digits) <= _MOST_DIGITS else _FAR


def _is_wasteful(found: Sequence[Range], length: Bytes) -> bool:
    out_of_order = sum(after.first <= before.last for before, after in pairwise(found))
    return out_of_order > MOST_OUT_OF_ORDER or sum(one.length for one in found) > length


def content_range(one: Range | None, length: Bytes) -> Field:
    """The field of a 206 or one of its parts; None: of a 416."""
    if one is None:
        return (b"Content-Range", b"bytes */%d" % length)
    return (b"Content-Range", b"bytes %d-%d/%d" % (one.first, one.last, length))


def multipart(
    content: bytes, found: Sequence[Range], boundary: bytes, media_type: bytes | None
) -> bytes:
    """Several parts as multipart/byteranges (§14.6)."""
    kind = b"" if media_type is None else b"Content-Type: %b\r\n" % media_type
    pieces = []
    for one in found:
        _, where = content_range(one, len(content))
        pieces += [
            b"--%b\r\n%bContent-Range: %b\r\n\r\n" % (boundary, kind, where),
            content[one.first : one.last + 1],
            b"\r\n",
        ]
    pieces.append(b"--%b--\r\n" % boundary)
    return b"".join(pieces)
