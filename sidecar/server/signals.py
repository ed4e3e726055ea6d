"""Signals: as bytes to read, for a process that waits in a selector.

Python's handlers do nothing; the interpreter writes each signal's number to a
socket, so that none is lost while we are busy and none interrupts what we do.
"""

import signal
import socket
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Self

_MANY = 4096


class Signals:
    """A context in which the signals given arrive here."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._numbers = tuple(numbers)
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def __enter__(self) -> Self:
        # Where the socket is full there are more than enough to read already.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in self._numbers:
            signal.signal(number, _nothing)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number in self._numbers:
            signal.signal(number, signal.SIG_DFL)
        self.abandon()

    def fileno(self) -> int:
        return self._reader.fileno()

    def read(self) -> list[signal.Signals]:
        """Those that came since, in order."""
        try:
            data = self._reader.recv(_MANY)
        except BlockingIOError:
            return []
        return [signal.Signals(number) for number in data]

    def abandon(self) -> None:
        """Close our descriptors, in a process that has forked."""
        self._reader.close()
        self._writer.close()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Without a handler of ours the signal would end us."""
