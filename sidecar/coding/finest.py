"""Finest: how small a content may be made where time is no matter (docs/lightness.md).

Each level is the last that still makes much smaller what takes longer. What is worked
at for more than about a tenth of a second is not: nobody could end it.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sidecar.coding.brotli import Brotli
from sidecar.coding.codec import Codec
from sidecar.coding.gzip import Gzip
from sidecar.coding.zstd import Zstd
from sidecar.units import Bytes

_KIB: Bytes = 1024
Levels: TypeAlias = Mapping[bytes, tuple[tuple[Bytes, int], ...]]
"""For each coding, contents of up to which length get which level."""

FINEST: Final[Levels] = {
    b"zstd": ((512 * _KIB, 15),),
    b"br": ((64 * _KIB, 11), (512 * _KIB, 9)),
    b"gzip": ((512 * _KIB, 9),),
}
# In short pieces: a group whose processor time is used up waits for the next period.
FINE: Final[Levels] = {
    b"zstd": ((128 * _KIB, 15),),
    b"br": ((64 * _KIB, 9),),
    b"gzip": ((512 * _KIB, 9),),
}
_CODECS: Final[Mapping[bytes, Callable[[int], Codec]]] = {
    b"zstd": Zstd,
    b"br": Brotli,
    b"gzip": Gzip,
}
# A quota of so many processors is not used up by one thread beside the event loop.
_PLENTY = 2.0


def affordable(quota: float | None) -> Levels:
    """What may be done where so much processor time is allowed; None: no limit."""
    return FINEST if quota is None or quota >= _PLENTY else FINE


def level(levels: Levels, coding: bytes, size: Bytes) -> int | None:
    """None: it stays as it is."""
    return next((one for most, one in levels[coding] if size <= most), None)


def compress(coding: bytes, at: int, content: bytes, padding: Bytes) -> bytes:
    # The codec is not kept: at these levels it holds megabytes.
    codec = _CODECS[coding](at)
    return codec.padded(codec.compress(content), padding)
