"""Vessel: room for a body of known length, where it is received and where it stays.

What arrives is written into it by the kernel, and nothing is copied, joined or
allocated again until somebody wants all of it.
"""

from collections.abc import Iterable
from io import BytesIO

from sidecar.units import Bytes


class Vessel:
    __slots__ = ("_file", "_view", "filled", "size")

    def __init__(self, size: Bytes, parts: Iterable[bytes] = ()) -> None:
        # A file in memory, for it gives its bytes away as they are.
        self._file = BytesIO(bytes(size))
        self._view = self._file.getbuffer()
        self.size = size
        self.filled: Bytes = 0
        for part in parts:
            self.pour(part)

    @property
    def rest(self) -> memoryview:
        """Where the next bytes belong; who writes them tells `received`."""
        return self._view[self.filled :]

    def received(self, size: Bytes) -> Bytes:
        """So much came into `rest`; how much there is to come."""
        self.filled += size
        return self.size - self.filled

    def pour(self, data: bytes) -> None:
        self.rest[: len(data)] = data
        self.filled += len(data)

    def empty(self) -> bytes:
        """What is in it; the last that it is good for.

        Not copied where it is full, and nobody has `rest` any more.
        """
        self._view.release()
        content = self._file.getvalue()
        return content if self.filled == self.size else content[: self.filled]
