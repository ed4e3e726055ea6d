"""Memory: a TCP connection that is not one, for event loops without sockets.

What is kept of TCP: bytes come in order and in one or more pieces, a receiver that
does not read fills the sender's buffer, either way may end before the other, and
who closes without having read everything, or wants to, resets.
"""

import asyncio
import socket
import struct
from typing import Any, Literal, Self

RECEIVED = 64 * 1024
"""What the kernel takes for a receiver that does not read."""
PIECE = 64 * 1024
HIGH = 64 * 1024
ON = struct.pack("ii", 1, 0)

End = Literal["open", "fin", "rst"]

# What poll(2) says of a socket: nothing, that the other's end is here, that it is gone.
_ALIVE, _THEIRS = socket.socketpair()
_ENDED, _SILENT = socket.socketpair()
_SILENT.shutdown(socket.SHUT_WR)
_GONE, _other = socket.socketpair()
_other.close()
_POLLED = {"open": _ALIVE, "fin": _ENDED, "rst": _GONE}


class _Socket:
    """As much of a socket as is asked for."""

    family = socket.AF_INET

    def __init__(self, owner: "Memory") -> None:
        self._owner = owner

    def setsockopt(self, _level: int, option: int, value: object) -> None:
        if option == socket.SO_LINGER and value == ON:
            self._owner.resets = True

    def fileno(self) -> int:
        return _POLLED[self._owner.arriving_end].fileno()


class Memory(asyncio.Transport):
    """One end; `pair` makes both."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, name: object, peer_name: object
    ) -> None:
        super().__init__()
        self._loop = loop
        self._names = {"sockname": name, "peername": peer_name}
        self._socket = _Socket(self)
        self.other: Memory
        self._protocol: Any = None
        self._arrived = bytearray()
        """Not read yet; what is beyond `RECEIVED` is still with the sender."""
        self.arriving_end: End = "open"
        self._reading = True
        self._scheduled = False
        self._closing = False
        self._closed = False
        self._ended = False
        self._told_end = False
        self._paused_writing = False
        self._high, self._low = HIGH, HIGH // 4
        self.resets = False

    @classmethod
    def pair(
        cls, loop: asyncio.AbstractEventLoop, name: object, other: object
    ) -> tuple[Self, Self]:
        one, two = cls(loop, name, other), cls(loop, other, name)
        one.other, two.other = two, one
        return one, two

    def begin(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        protocol.connection_made(self)
        self._look()

    # asyncio.Transport

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket if name == "socket" else self._names.get(name, default)

    def is_closing(self) -> bool:
        return self._closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closed or self._ended:
            raise RuntimeError("written to what is closed")  # as uvloop does
        if self._closing and not self.get_write_buffer_size():
            return
        if self.other._closed:
            # The kernel takes the first of it, and is told then.
            if self.arriving_end == "rst":
                self._loop.call_soon(self._lose, BrokenPipeError(32, "broken pipe"))
            self._end("rst")
            return
        self.other._arrive(bytes(data))
        if not self._paused_writing and self.get_write_buffer_size() > self._high:
            self._paused_writing = True
            self._protocol.pause_writing()

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        if not self._ended and not self._closing:
            self._ended = True
            self._end_if_sent()

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return max(0, len(self.other._arrived) - RECEIVED)

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        self._high = HIGH if high is None else high
        self._low = self._high // 4 if low is None else low

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._closing and not self._closed:
            self._reading = True
            self._look()

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._reading = False
        if not self.get_write_buffer_size():
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        self._closing = True
        self._reading = False
        del self.other._arrived[RECEIVED:]
        self._loop.call_soon(self._lose, None)

    # How it is done

    def _arrive(self, data: bytes) -> None:
        self._arrived += data
        self._look()

    def _end(self, end: End) -> None:
        if self.arriving_end != "rst":
            self.arriving_end = end
            self._look()

    def _look(self) -> None:
        if self._scheduled or not self._reading or self._protocol is None:
            return
        if self._arrived or self.arriving_end != "open":
            self._scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        if not self._reading or self._closed:
            return
        if self._arrived:
            self._hand_over()
            self._look()
        elif self.arriving_end == "rst":
            self._lose(ConnectionResetError(104, "reset"))
        elif not self._told_end:
            self._told_end = True
            if not self._protocol.eof_received():
                self.close()

    def _hand_over(self) -> None:
        if isinstance(self._protocol, asyncio.BufferedProtocol):
            view = memoryview(self._protocol.get_buffer(-1))
            piece = self._take(len(view))
            view[: len(piece)] = piece
            self._protocol.buffer_updated(len(piece))
        else:
            self._protocol.data_received(self._take(PIECE))

    def _take(self, size: int) -> bytes:
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        self.other._sent_some()
        return data

    def _sent_some(self) -> None:
        left = self.get_write_buffer_size()
        if self._paused_writing and left <= self._low:
            self._paused_writing = False
            self._loop.call_soon(self._resume_writing)
        if not left:
            self._end_if_sent()
            if self._closing:
                self._loop.call_soon(self._lose, None)

    def _resume_writing(self) -> None:
        if not self._closed and not self._paused_writing:
            self._protocol.resume_writing()

    def _end_if_sent(self) -> None:
        if self._ended and not self._closed and not self.get_write_buffer_size():
            self.other._end("fin")

    def _lose(self, error: Exception | None) -> None:
        if self._closed:
            return
        self._closed = self._closing = True
        self._reading = False
        other = self.other
        if self.resets or self._arrived:
            other._end("rst")
        elif other.arriving_end == "open":
            other._end("fin")
        self._arrived.clear()
        self._protocol.connection_lost(error)
        if other._closing and not other._closed:
            self._loop.call_soon(other._lose, None)
