"""Codec: what every content coding offers, whatever library does it.

Whole contents are compressed at once; what comes in pieces goes through an
`Encoder`, which holds nothing back, and out of a `Decoder` in pieces of a bound
size. `padding` is a number of bytes that mean nothing (BREACH): each coding has
its own place for them, also in what is coded already.
"""

from collections.abc import Iterator
from typing import Protocol

from sidecar.units import Bytes


class Encoder(Protocol):
    """One content, piece by piece."""

    def write(self, data: bytes) -> bytes:
        """What lets a reader see all of `data`; never held back for more."""

    def finish(self) -> bytes:
        """The end of the content."""


class Codec(Protocol):
    """One coding at one level.

    `inline` is the most that is compressed in well under two milliseconds: what
    is longer is for a thread.
    """

    name: bytes
    form: bytes
    """Name and level: equal ones make the same of the same content."""
    inline: Bytes

    def compress(self, content: bytes) -> bytes: ...

    def padded(self, coded: bytes, padding: Bytes) -> bytes:
        """What `compress` returned, with so many bytes more, or a few less."""

    def encoder(self, padding: Bytes = 0) -> Encoder: ...


class Decoder(Protocol):
    """Undoes a coding, piece by piece."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` decodes to, in pieces of about `PIECE` bytes.

        Raises:
            Undecodable: it is damaged, or expands beyond what is sane.
        """

    @property
    def complete(self) -> bool:
        """Whether the coding's own end was seen."""


PIECE: Bytes = 64 * 1024


class Undecodable(ValueError):
    """The content is not what its Content-Encoding says, or a bomb."""
