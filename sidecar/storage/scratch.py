"""Scratch: a private directory for what the workers of one host share.

In memory where there is a file system for that, readable by nobody else, and gone
when its owner ends. What an owner left behind that was killed is removed by the
next one: whoever is alive holds a lock in it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from sidecar.units import Bytes

PREFIX = "sidecar-"
_ALIVE = "alive"
_MEMORY = Path("/dev/shm")  # noqa: S108 - the directory made in it is private
# Of other directories; a host has one sidecar, or a few.
_MOST_LEFT = 256


@contextmanager
def scratch(room: Bytes, places: tuple[Path, ...] | None = None) -> Iterator[Path]:
    """Make a directory in the first place that has so much room; remove it at the end.

    Raises:
        OSError: there is no such place.
    """
    folder = _made(room, places or candidates(os.environ))
    alive = os.open(folder / _ALIVE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(alive)


def candidates(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where to look, memory first."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return (
        _MEMORY,
        *([Path(runtime)] if runtime else []),
        Path(tempfile.gettempdir()),
    )


def _made(room: Bytes, places: tuple[Path, ...]) -> Path:
    fault = OSError("no directory for what workers share")
    for place in places:
        try:
            _tidy(place)
            space = os.statvfs(place)
            if space.f_bavail * space.f_frsize >= room:
                return Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            fault = OSError(f"{place} has no room for {room} bytes")
        except OSError as error:
            fault = error
    raise fault


def _tidy(place: Path) -> None:
    """Remove what owners of ours left behind that are gone."""
    for folder in islice(place.glob(f"{PREFIX}*/{_ALIVE}"), _MOST_LEFT):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid() and _is_left(folder):
                shutil.rmtree(folder.parent, ignore_errors=True)


def _is_left(alive: Path) -> bool:
    opened = os.open(alive, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(opened)
