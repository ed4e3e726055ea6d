"""Muzzle: the transport as aiohttp's server protocol gets to see it.

It may read and close, and not write: that it tries to means that it refused what
it read, and the guard answers in its place.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol


class Guarded(Protocol):
    """The guard, as the muzzle sees it."""

    def muzzled(self) -> None: ...
    def inner_closed(self) -> None: ...
    def hold(self) -> None: ...
    def let_go(self) -> None: ...


class Muzzle(asyncio.Transport):
    __slots__ = ("_transport", "guard")

    def __init__(self, guard: Guarded, transport: asyncio.Transport) -> None:
        super().__init__()
        self.guard = guard
        self._transport = transport

    def write(self, _data: bytes | bytearray | memoryview, /) -> None:
        self.guard.muzzled()

    def writelines(self, _list_of_data: Iterable[Any], /) -> None:
        self.guard.muzzled()

    def write_eof(self) -> None:
        pass

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.guard.inner_closed()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self.guard.hold()

    def resume_reading(self) -> None:
        self.guard.let_go()

    def get_extra_info(self, name: str, default: object = None) -> Any:  # noqa: ANN401 (asyncio says so)
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        pass
