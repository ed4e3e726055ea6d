"""Allocator: how much of what was freed stays with the process.

A body of a megabyte is 256 pages. The C library gives them back when the body is
gone and asks for others when the next one comes, and the kernel clears each of them
before it is used: that costs as much as carrying the body. So some room is kept at
the end of the heap. It is none before it is used; what goes beyond it is given back.
"""

import ctypes
import os
import sys

from sidecar.units import Bytes

KEPT: Bytes = 8 * 1024 * 1024
# What is larger never comes from the heap.
LARGEST: Bytes = 4 * 1024 * 1024
# M_TOP_PAD and M_MMAP_THRESHOLD of malloc.h, and the variables that say the same.
_SETTINGS = ((-2, KEPT), (-3, LARGEST))
_VARIABLES = frozenset(("MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_"))


def keep_room() -> None:
    """From now on, in this process; where the C library is glibc.

    Called when the stores are open: LMDB asks for 2 MiB of zeros for each file and
    hardly uses them. From the heap they would have to be written.
    """
    if sys.platform != "linux" or not _VARIABLES.isdisjoint(os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, size in _SETTINGS:
            mallopt(setting, size)
