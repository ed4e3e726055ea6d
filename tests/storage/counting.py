"""A worker that counts to a goal, as a process that may be killed at any moment.

    python -m tests.storage.counting FOLDER NAME GOAL SEEN

In one transaction it adds one to the common total and to its own count; what was
acknowledged to it, it writes to SEEN. Started again, it goes on where it was.
"""

import mmap
import struct
import sys
from pathlib import Path

from sidecar.storage.ledger import Ledger

TOTAL = b"total"
NUMBER = struct.Struct("d")


def count(folder, name, goal, seen):
    ledger = Ledger(Path(folder))
    keys = (TOTAL, name.encode())
    mine = 0.0

    def work(found):
        nonlocal mine
        mine = found[1] + 1
        return found[0] + 1, mine

    with (
        Path(seen).open("r+b") as file,
        mmap.mmap(file.fileno(), NUMBER.size) as memory,
    ):
        mine = ledger.number(keys[1])
        while mine < goal:
            ledger.change(keys, work)
            NUMBER.pack_into(memory, 0, mine)
    ledger.close()
    return sum(ledger.faults.values())


if __name__ == "__main__":
    raise SystemExit(count(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
