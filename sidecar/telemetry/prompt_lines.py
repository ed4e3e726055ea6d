"""Prompt lines: log lines written at once, by a process that may have no thread.

The parent forks, and a fork takes no thread along. It writes a few lines a day;
where nobody reads them it goes on without.
"""

import os
import select
from errno import EAGAIN

from sidecar.units import Bytes

# A pipe that can be written to takes this much in one piece.
LONGEST: Bytes = select.PIPE_BUF


class PromptLines:
    """`telemetry.access_log.Lines` that never waits."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)
        self.dropped = 0

    def write(self, line: bytes) -> None:
        """Write a line that ends with a newline, or drop it."""
        if len(line) > LONGEST:
            line = line[: LONGEST - 1] + b"\n"
        try:
            if self._poll.poll(0):
                os.write(self._fd, line)
                return
        except OSError as error:
            if error.errno != EAGAIN:
                self._poll.unregister(self._fd)
        self.dropped += 1
