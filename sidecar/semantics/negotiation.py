"""Negotiation: which of our media types a client prefers (RFC 9110 §12.5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

# More ranges than any client sends; what follows is not read.
MOST_RANGES = 100

_WEIGHTS = 1000
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class _Media:
    """A media range, or an offer; `weight` in thousandths."""

    kind: bytes
    subtype: bytes
    parameters: frozenset[bytes]
    weight: int = _WEIGHTS

    def precision(self, offer: "_Media") -> int:
        """How exactly this range names `offer`; negative where it does not."""
        if self.kind == b"*":
            return 0
        if self.kind != offer.kind:
            return -1
        if self.subtype == b"*":
            return 1
        if self.subtype != offer.subtype or not self.parameters <= offer.parameters:
            return -1
        return 2 + len(self.parameters)


def prefers(accept: bytes | None, offers: Sequence[bytes]) -> bytes | None:
    """The offer that weighs most, the first of equals; None where none will do.

    Without an Accept field it is the first. What cannot be read in the field
    is passed over.
    """
    if not accept:
        return offers[0]
    ranges = [
        media
        for part in accept.lower().split(b",", MOST_RANGES)[:MOST_RANGES]
        if (media := _media(part)) is not None
    ]
    best, most = None, 0
    for offer in offers:
        weight = _weight(offer, ranges)
        if weight > most:
            best, most = offer, weight
    return best


def _weight(offer: bytes, ranges: Sequence[_Media]) -> int:
    """The weight that the most precise range gives; 0 where none names it."""
    media = _media(offer.lower())
    if media is None:
        return 0
    precise, weight = -1, 0
    for one in ranges:
        precision = one.precision(media)
        if precision > precise:
            precise, weight = precision, one.weight
    return weight


def _media(text: bytes) -> _Media | None:
    name, *rest = (part.strip(b" \t") for part in text.split(b";"))
    kind, slash, subtype = name.partition(b"/")
    if not (slash and kind and subtype) or (kind == b"*" and subtype != b"*"):
        return None
    parameters = set()
    weight: int | None = _WEIGHTS
    for part in rest:
        if part.startswith(b"q="):
            weight = qvalue(part[2:])
            break  # what follows q belongs to Accept, not to the media type
        if part:
            parameters.add(part.replace(b'"', b""))
    if weight is None:
        return None
    return _Media(kind, subtype, frozenset(parameters), weight)


def qvalue(text: bytes) -> int | None:
    """Read a qvalue (§12.4.2); None where it is not one."""
    whole, _, fraction = text.partition(b".")
    if whole not in {b"0", b"1"} or len(fraction) > _DIGITS:
        return None
    if fraction and not fraction.isdigit():
        return None
    value = int(whole) * _WEIGHTS + int(fraction.ljust(_DIGITS, b"0"))
    return value if value <= _WEIGHTS else None
