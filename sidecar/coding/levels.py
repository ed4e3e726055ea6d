"""Levels: how much work a coding may make, from one word or a number for each.

The words were measured on 50 KB of JSON (docs/lightness.md): `balanced` takes
what a little more work hardly makes smaller.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sidecar.coding.brotli import Brotli
from sidecar.coding.codec import Codec
from sidecar.coding.gzip import Gzip
from sidecar.coding.zstd import Zstd


@dataclass(frozen=True, slots=True)
class Levels:
    """As the libraries count: gzip to 3 ISA-L's, from 4 zlib's."""

    gzip: int
    br: int
    zstd: int


FAST = Levels(gzip=1, br=1, zstd=1)
BALANCED = Levels(gzip=2, br=2, zstd=3)
BEST = Levels(gzip=6, br=5, zstd=9)
WORDS: Mapping[str, Levels] = {"fast": FAST, "balanced": BALANCED, "best": BEST}


def codecs(levels: Levels) -> Mapping[bytes, Codec]:
    """A codec for each coding."""
    return {
        one.name: one
        for one in (Gzip(levels.gzip), Brotli(levels.br), Zstd(levels.zstd))
    }


def eased(levels: Levels) -> Levels:
    """The same or faster ones, for when there is no time."""
    return Levels(
        gzip=min(levels.gzip, FAST.gzip),
        br=min(levels.br, FAST.br),
        zstd=min(levels.zstd, FAST.zstd),
    )


def streaming(levels: Levels) -> Levels:
    """For contents in pieces, which are compressed as they come, on the loop."""
    return Levels(
        gzip=levels.gzip,
        br=min(levels.br, BEST.br),
        zstd=min(levels.zstd, BEST.zstd),
    )
