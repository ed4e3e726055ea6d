"""Epochs file: the memory of `storage.epochs` that workers share and restarts keep.

A file that is not one of ours, of this version and whole, is set aside and begun
anew: then everything stored before counts as purged.
"""

import os
from mmap import mmap
from pathlib import Path

from sidecar.storage.epochs import SIZE, Epochs
from sidecar.storage.file_lock import FileLock
from sidecar.storage.set_aside import set_aside
from sidecar.units import Timestamp

# In the head, behind the words that are used.
_MAGIC = b"sidecar epochs 2"
_MAGIC_AT = 256


def open_epochs(path: Path, lock: FileLock, wall: Timestamp) -> Epochs:
    """Open the file, or begin it; the caller holds `lock`, its writers will.

    Raises:
        OSError: the directory cannot be written, or the disk is full.
    """
    if path.exists() and not _is_ours(path):
        set_aside(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # All of it is taken now: writing to a map that the file system has no room
        # for would end the process.
        os.posix_fallocate(descriptor, 0, SIZE)
        memory = mmap(descriptor, SIZE)
    finally:
        os.close(descriptor)
    epochs = Epochs(memory, lock)
    if memory[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] != _MAGIC:
        epochs.begin(wall)
        memory[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] = _MAGIC
    return epochs


def _is_ours(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size != SIZE:
        return False
    with path.open("rb") as file:
        file.seek(_MAGIC_AT)
        return file.read(len(_MAGIC)) == _MAGIC
