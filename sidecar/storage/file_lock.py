"""File lock: one process at a time, of those that share a directory."""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class FileLock:
    """Keeps other processes out; the kernel opens it when its holder dies.

    Entered, it blocks: for what takes microseconds, or happens at start.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            OSError: its directory cannot be written.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)

    def __enter__(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def take(self) -> bool:
        """Take it for good, if nobody has it; whether it is ours."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._descriptor)
