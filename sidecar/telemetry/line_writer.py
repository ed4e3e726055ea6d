"""Line writer: log lines to a file descriptor, without ever blocking the loop.

A file and a terminal cannot be non-blocking, and a shared standard output must
not be made so (whoever shares it would fail); so a daemon thread writes, and
between it and the loop lies a queue bounded in bytes. What does not fit, or
cannot be written, is dropped and counted. The thread gathers what comes within
`GATHER`, so that a busy loop wakes it a few times a second and not for each line.
"""

import os
import select
import stat
from collections.abc import Iterator
from errno import EAGAIN
from threading import Event, Thread
from typing import Final

from sidecar.units import Bytes, Seconds

CAPACITY: Final[Bytes] = 4 << 20
GATHER: Final[Seconds] = 0.02
# Up to this much is one piece for everyone who writes to the same pipe.
_ATOMIC: Final[Bytes] = select.PIPE_BUF
_CHUNK: Final[Bytes] = 64 << 10
_NEWLINE: Final = ord("\n")


class LineWriter:
    """Lines in, `os.write` out. One thread calls `write`; `close` once at the end."""

    def __init__(self, fd: int, *, capacity: Bytes = CAPACITY) -> None:
        self._fd = fd
        self._capacity = capacity
        self._lines: list[bytes] = []
        # Each is moved by one thread only; what waits is the difference.
        self._put = self._taken = 0
        self._refused = self._lost = 0
        # Asked for each line, which an event is too slow for.
        self._woken = False
        self._wake = Event()
        self._closing = Event()
        self._torn = False
        self._writer: Thread | None = None

    @property
    def dropped(self) -> int:
        """How many lines were not written."""
        return self._refused + self._lost

    @property
    def waiting(self) -> Bytes:
        return self._put - self._taken

    def write(self, line: bytes) -> None:
        """Queue a line, its newline included; never blocks, never raises."""
        size = len(line)
        if self._put - self._taken + size > self._capacity:
            self._refused += 1
            return
        self._put += size
        self._lines.append(line)
        if not self._woken:
            self._woken = True
            self._wake.set()
            if self._writer is None:  # only now: a thread does not survive a fork
                self._writer = Thread(target=self._run, name="log", daemon=True)
                self._writer.start()

    def close(self, timeout: Seconds) -> bool:
        """Write what waits, at most this long; whether all of it was written."""
        self._closing.set()
        self._wake.set()
        if self._writer is not None:
            self._writer.join(timeout)
        return not self.waiting

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            self._closing.wait(GATHER)
            self._wake.clear()
            # Now, and not before: what is put from here on wakes again.
            self._woken = False
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        while self._lines:
            for chunk in self._chunks():
                written = self._write(chunk)
                self._lost += chunk.count(b"\n", written)
                self._taken += len(chunk)

    def _chunks(self) -> Iterator[bytes]:
        """Whole lines, as many as one write should carry."""
        limit = _ATOMIC if _is_pipe(self._fd) else _CHUNK
        # Others append meanwhile; either step is one to them.
        lines = self._lines[:]
        del self._lines[: len(lines)]
        begin = size = 0
        for end, line in enumerate(lines):
            if size + len(line) > limit and size:
                yield b"".join(lines[begin:end])
                begin, size = end, 0
            size += len(line)
        if size:
            yield b"".join(lines[begin:])

    def _write(self, chunk: bytes) -> Bytes:
        """Write it all, or up to an error; how much was written."""
        written = 0
        try:
            if self._torn:  # a disk was full in the middle of a line
                os.write(self._fd, b"\n")
                self._torn = False
            while written < len(chunk):
                written += self._write_some(chunk[written:])
        except OSError:
            self._torn = self._torn or (written > 0 and chunk[written - 1] != _NEWLINE)
        return written

    def _write_some(self, rest: bytes) -> Bytes:
        try:
            return os.write(self._fd, rest)
        except OSError as error:
            if error.errno != EAGAIN:
                raise
        # Someone else made the descriptor non-blocking.
        writable = select.poll()
        writable.register(self._fd, select.POLLOUT)
        writable.poll(1000)
        return 0


def _is_pipe(fd: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
