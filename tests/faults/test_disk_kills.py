"""SIGKILL in the middle of writing to the disk tier: it opens again, nothing is wrong.

`DISK_WRITES` says how many writes all lives make together; `make disk-kills` asks for
a million.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.entries import stored
from tests.storage.test_disk import ENVIRONMENT, disk_in

WRITES = int(os.environ.get("DISK_WRITES", "15000"))
BATCH, KEYS = 300, 5000
MOST_BATCHES = 40
"""Of one life."""

LIFE = """
import sys
from pathlib import Path
from tests.faults.test_disk_kills import live

live(Path(sys.argv[1]), int(sys.argv[2]))
"""


def url_of(number: int) -> bytes:
    return b"http://a/%d" % (number % KEYS)


def body_of(number: int) -> bytes:
    """What each write says: its length is its own, too."""
    return b"%d|" % number * (1 + number % 97)


def live(folder: Path, number: int) -> None:
    """Write until killed, and say how often that was."""
    disk = disk_in(folder)
    while True:
        for _ in range(BATCH):
            number += 1
            url = url_of(number)
            if number % 10:
                disk.put(url, stored(url, body=body_of(number)), number)
            else:
                disk.remove(url)
        while not disk.flush():
            pass  # a slow disk
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def killed(folder: Path, number: int, chance: random.Random) -> int:
    """One life; the number of the last write that is known to be there."""
    with subprocess.Popen(
        [sys.executable, "-c", LIFE, folder, str(number)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        for _ in range(chance.randrange(1, MOST_BATCHES)):
            number = int(writer.stdout.readline())
        # In the middle of what comes next.
        for _ in range(chance.randrange(100_000)):
            pass
        assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
    return number


def check(folder: Path, last: int) -> int:
    """How many are there; each is one that was written, and none is older than known."""
    disk = disk_in(folder)
    found = 0
    for key in range(KEYS):
        got = disk.get(url_of(key))
        known = last - (last - key) % KEYS  # the newest write of this key up to `last`
        if got is None:
            continue
        number = got.mark
        found += 1
        assert number >= known
        assert (got.entry.url, got.entry.body) == (url_of(key), body_of(number))
        assert number % KEYS == key
    assert not any(disk.faults.values())
    disk.close()
    return found


@pytest.mark.timeout(3600)  # as many as are asked for, on however slow a disk
def test_it_opens_again_with_nothing_wrong(tmp_path, record_property):
    chance = random.Random(1)
    number = lives = found = 0
    while number < WRITES:
        number = killed(tmp_path, number, chance)
        found += check(tmp_path, number)
        lives += 1
    said = f"{number} writes in {lives} lives; {found} were read, none wrong"
    record_property("disk kills", said)
    sys.stdout.write(said + "\n")
    assert found > 0
