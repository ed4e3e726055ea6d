"""Case: what one client and the origin do, as a value that a failure prints."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tests.harness.origin import reply

Leaves = Literal["stays", "half-closes", "closes", "resets"]
Stops = Literal["goes on", "closes", "resets"]

FIRST = reply(b"hello")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin says to a request, piece by piece.

    `early`: when the request's head is there, not at its end.
    """

    pieces: tuple[bytes, ...] = (FIRST,)
    then: Stops = "goes on"
    early: bool = False


PLAIN = Answer()


@dataclass(frozen=True, slots=True)
class Case:
    """`requests` go out in one stream, which is cut at `cuts`: after each piece
    all comes to rest. `until` is how much of it is sent; None: everything.
    """

    requests: tuple[bytes, ...]
    cuts: tuple[int, ...] = ()
    until: int | None = None
    leaves: Leaves = "stays"
    answers: tuple[Answer, ...] = ()
    """To the first requests that reach the origin; the rest get `PLAIN`."""
    unreachable: int = 0
    """So many connections to the origin are refused first."""
    reads: bool = True
    """While it sends; else only when it has sent everything."""
    hasty: bool = False
    """The client goes on before the origin does, where both could."""
    trusted: bool = False
    """The client is one of `trusted_proxies`."""

    @property
    def stream(self) -> bytes:
        return b"".join(self.requests)[: self.until]

    @property
    def pieces(self) -> list[bytes]:
        stream = self.stream
        at = sorted({cut for cut in self.cuts if 0 < cut < len(stream)})
        bounds = [0, *at, len(stream)]
        return [stream[start:end] for start, end in pairwise(bounds)]

    @property
    def methods(self) -> tuple[bytes, ...]:
        """As far as the framing of the answers depends on them."""
        found = [raw.lstrip(b"\r\n").partition(b" ")[0] for raw in self.requests]
        heads = [b"HEAD" if method == b"HEAD" else b"GET" for method in found]
        return (*heads, *[b"GET"] * 8)
