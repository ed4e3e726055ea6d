"""LMDB file: whether a file is LMDB's and whole, without opening it.

LMDB maps its file: reading behind the end of one that was cut ends the process. So
its two meta pages are read by hand first: magic, version, size of pages, last page.
"""

from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final

import lmdb

_MAGIC: Final = 0xBEEFC0DE
# Bytes before the meta data of a page, and the version of the format.
_HEADER, _VERSION = (16, 1) if lmdb.version() < (1,) else (24, 3)
# magic, version; address, size of the map; size of pages; two trees; last, number
_META: Final = Struct("=II2QI4x88xQQ")
_SMALLEST, _LARGEST = 256, 1 << 16


@dataclass(frozen=True, slots=True)
class _Meta:
    page: int
    last: int
    commit: int


def is_whole(path: Path) -> bool:
    """Whether LMDB may open it; an empty one counts.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        length = file.seek(0, 2)
        return length == 0 or _fits(file, length)


def _fits(file: BinaryIO, length: int) -> bool:
    first = _meta(file, _HEADER)
    if first is None or not _SMALLEST <= first.page <= _LARGEST:
        return False
    second = _meta(file, first.page + _HEADER)
    if second is None or second.page != first.page:
        return False
    newest = max(first, second, key=lambda meta: meta.commit)
    return (newest.last + 1) * newest.page <= length


def _meta(file: BinaryIO, at: int) -> _Meta | None:
    file.seek(at)
    head = file.read(_META.size)
    if len(head) < _META.size:
        return None
    magic, version, _address, _size, page, last, commit = _META.unpack(head)
    known = (magic, version) == (_MAGIC, _VERSION)
    return _Meta(page, last, commit) if known else None
