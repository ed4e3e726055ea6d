"""Accept-Encoding: which codings a client can undo (RFC 9110 §12.5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sidecar.semantics.fields import members
from sidecar.semantics.negotiation import qvalue

IDENTITY: Final = b"identity"

# Browsers and libraries send a dozen different ones; longer ones are not kept.
_KEPT: Final = 256
_LONGEST_KEPT: Final = 256
_ALIASES: Final = {b"x-gzip": b"gzip"}
# Wanted less than anything that was named, and still welcome (§12.5.3 point 2).
_UNNAMED_IDENTITY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Accepted:
    """`weights` in thousandths, by coding; `*` is for those that are not named."""

    weights: Mapping[bytes, int]

    def weight(self, coding: bytes) -> float:
        """How much it is wanted; 0 is not at all."""
        weight = self.weights.get(coding)
        if weight is not None:
            return weight
        star = self.weights.get(b"*")
        if coding != IDENTITY:
            return star or 0
        return 0 if star == 0 else _UNNAMED_IDENTITY

    def best(self, offers: Sequence[bytes]) -> bytes:
        """The offer wanted most, the first of equals; identity where none is.

        Also where the client refuses identity and all offers: a response that it
        may not understand is more than none (§12.5.3).
        """
        best, most = IDENTITY, self.weight(IDENTITY)
        found = False
        for offer in offers:
            weight = self.weight(offer)
            # Of equals ours comes before identity: that is what it is for.
            if weight > most or (weight == most and weight and not found):
                best, most, found = offer, weight, True
        return best


def accepted(value: bytes | None) -> Accepted:
    """Read the field. Without one nothing but identity is taken for welcome.

    By the letter any coding is then; package managers and scripts know better.
    """
    if value is None:
        return _NOTHING
    if len(value) > _LONGEST_KEPT:
        return _read(value)
    return _kept(value)


def preferred(value: bytes | None, offers: tuple[bytes, ...]) -> bytes:
    """The offer wanted most by who says this, as `Accepted.best`."""
    if value is None:
        return IDENTITY
    if len(value) > _LONGEST_KEPT:
        return _best(value, offers)
    return _kept_best(value, offers)


def _best(value: bytes, offers: tuple[bytes, ...]) -> bytes:
    return accepted(value).best(offers)


def _read(value: bytes) -> Accepted:
    weights: dict[bytes, int] = {}
    for member in members(value.lower()):
        name, *parameters = (part.strip(b" \t") for part in member.split(b";"))
        weight: int | None = 1000
        for parameter in parameters:
            if parameter.startswith(b"q="):
                weight = qvalue(parameter[2:])
        if name and weight is not None:
            weights[_ALIASES.get(name, name)] = weight
    return Accepted(weights)


_kept = lru_cache(maxsize=_KEPT)(_read)
_kept_best = lru_cache(maxsize=_KEPT)(_best)
_NOTHING: Final = Accepted({})
