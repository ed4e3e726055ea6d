"""Watch: whether a file's content is another than it was, asked once in a while.

Polled, for a watch on a mounted ConfigMap's file goes deaf when its symlink is
swapped, and network file systems tell nobody. Cheap while nothing changes: where
the name leads, its time and size; then what is in it. A file that is being
written is given a moment: two looks in a row must see the same.
"""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sidecar.config.yaml_nodes import MAX_BYTES
from sidecar.units import Seconds

PERIOD: Seconds = 1.0
# When something was seen, so soon for the second look.
SOON: Seconds = 0.2


@dataclass(frozen=True, slots=True)
class _Look:
    real: str
    changed: int
    size: int
    inode: int


class Watch:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._look()
        self._digest = self._content()
        self._unsettled: _Look | None = None

    @property
    def pause(self) -> Seconds:
        """How long to wait before the next `changed`."""
        return SOON if self._unsettled else PERIOD

    def changed(self) -> bool:
        """Whether to read the file anew; true once for each content."""
        look = self._look()
        if look is None or (look == self._known and self._unsettled is None):
            # Gone: in the middle of being replaced, or for good. What runs, runs.
            self._unsettled = None
            return False
        if look != self._unsettled:
            self._unsettled = look
            return False
        self._known, self._unsettled = look, None
        digest = self._content()
        if digest is None or digest == self._digest:
            return False
        self._digest = digest
        return True

    def _look(self) -> _Look | None:
        try:
            real = os.path.realpath(self._path)
            found = os.stat(real)  # noqa: PTH116 - once a second, for ever
        except (OSError, ValueError):
            return None
        return _Look(real, found.st_mtime_ns, found.st_size, found.st_ino)

    def _content(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                return sha256(file.read(MAX_BYTES + 1)).digest()
        except (OSError, ValueError):
            return None


class Unwatched:
    """The null object where there is no file, or it is not to be watched."""

    pause: Seconds = 3600.0

    def changed(self) -> bool:
        return False
