"""Numbered: a folder that can be replaced while several processes use it.

    folder/1/ ─▶ (unusable) ─▶ folder/2/       the highest number is the one in use

Whoever finds it unusable makes the next; others see that when they look again,
and what they have open stays readable until then. A folder appears whole: it is
filled under another name and then renamed.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Fill = Callable[[Path], None]


class Numbered:
    def __init__(self, folder: Path, fill: Fill) -> None:
        self._folder = folder
        self._fill = fill

    def path(self, number: int) -> Path:
        return self._folder / str(number)

    def newest(self) -> int:
        """The one in use; 0: there is none yet."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - no paths are needed
        except FileNotFoundError:
            return 0
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def after(self, number: int) -> int:
        """Return a newer one than `number`: somebody else's, or a new one.

        Raises:
            OSError: it cannot be made.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            newest = self.newest()
            if newest > number:
                return newest
            self._make(newest + 1)
        finally:
            os.close(lock)
        shutil.rmtree(self.path(newest), ignore_errors=True)
        return newest + 1

    def _make(self, number: int) -> None:
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=self._folder))
        try:
            self._fill(unfinished)
            unfinished.rename(self.path(number))
        except BaseException:
            with suppress(OSError):
                shutil.rmtree(unfinished)
            raise
