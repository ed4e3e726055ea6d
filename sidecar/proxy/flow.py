"""Flow: a content that is undone, compressed, or both, as it passes."""

from collections.abc import Callable, Iterator

from sidecar.coding.codec import Encoder, Undecodable
from sidecar.coding.decoding import Decoding
from sidecar.errors import ResponseInvalid
from sidecar.units import Bytes


class Recoding:
    """`over` is told once how many bytes came out of the origin's coding, and how
    many went on.
    """

    __slots__ = ("_decoding", "_encoder", "_over", "_read", "_written")

    def __init__(
        self,
        decoding: Decoding | None,
        encoder: Encoder | None,
        over: Callable[[Bytes, Bytes], None],
    ) -> None:
        self._decoding = decoding
        self._encoder = encoder
        self._over = over
        self._read: Bytes = 0
        self._written: Bytes = 0

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if not data:
            return
        encoder = self._encoder
        for piece in self._decoded(data):
            self._read += len(piece)
            coded = piece if encoder is None else encoder.write(piece)
            self._written += len(coded)
            if coded:
                yield coded

    def finish(self) -> bytes:
        try:
            if self._decoding is not None:
                self._decoding.finish()
        except Undecodable as error:
            raise ResponseInvalid(f"content coding: {error}") from error
        if self._encoder is None:
            return b""
        coded = self._encoder.finish()
        self._written += len(coded)
        return coded

    def close(self) -> None:
        self._over(self._read, self._written)

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        if self._decoding is None:
            yield data
            return
        try:
            yield from self._decoding.pieces(data)
        except Undecodable as error:
            raise ResponseInvalid(f"content coding: {error}") from error
