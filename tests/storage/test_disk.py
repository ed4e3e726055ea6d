import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.storage.disk import Disk
from sidecar.storage.disk_file import FILE, DiskFile, Fault
from sidecar.storage.entry import Variants
from sidecar.storage.envelope import Envelope
from sidecar.storage.file_lock import FileLock
from sidecar.storage.seal import Checksum
from sidecar.units import Timestamp
from tests.storage.entries import stored
from tests.storage.test_entry_bytes import said

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def disk_in(folder, size=1 << 24):
    lock = FileLock(folder / "lock")
    return Disk(DiskFile(folder, size, lock), Envelope(Checksum()))


@pytest.fixture
def disk(tmp_path):
    disk = disk_in(tmp_path)
    yield disk
    disk.close()


READ = """
import sys
from pathlib import Path
from tests.storage.test_disk import disk_in

disk = disk_in(Path(sys.argv[1]))
found = disk.get(b"k")
print(found.entry.body.decode(), found.mark, disk.get(b"another"), disk.counts()[0])
"""


def test_what_is_put_is_there_for_all(disk, tmp_path):
    disk.put(b"k", stored(body=b"content"), 7)
    assert disk.flush()
    read = [sys.executable, "-c", READ, tmp_path]
    printed = subprocess.check_output(read, env=ENVIRONMENT, text=True)
    assert printed == "content 7 None 1\n"


def test_comes_back_as_it_was(disk):
    entry = stored(tags=(b"t",), codings={b"gzip": b"zzz"})
    disk.put(b"k", entry, 7)
    assert disk.flush()
    found = disk.get(b"k")
    assert (said(found.entry)[:12], found.mark) == (said(entry)[:12], 7)


def test_variants_too(disk):
    disk.put(b"k", Variants(b"u", (b"accept",), (b"1", b"2"), Timestamp(9)), 1)
    assert disk.flush()
    assert disk.get(b"k").entry.keys == (b"1", b"2")


async def test_after_what_was_put_is_written(disk):
    found = asyncio.get_running_loop().create_future()
    disk.put(b"k", stored(), 1)
    disk.after_writes(lambda: found.set_result(disk.get(b"k")))
    assert (await found) is not None


async def test_after_the_end(tmp_path):
    disk = disk_in(tmp_path)
    disk.close()
    called = []
    disk.after_writes(lambda: called.append(1))
    assert called == [1]


def test_removing(disk):
    disk.put(b"k", stored(), 1)
    disk.remove(b"k")
    assert disk.flush()
    assert (disk.get(b"k"), disk.counts()) == (None, (0, 0))


def test_outlives_a_restart(tmp_path):
    disk = disk_in(tmp_path)
    disk.put(b"k", stored(), 1)
    disk.close()
    again = disk_in(tmp_path)
    assert again.get(b"k").entry.body == stored().body
    again.close()


def test_what_is_too_large_is_not_kept_nor_what_was_there(disk):
    disk.put(b"k", stored(), 1)
    disk.put(b"k", stored(body=b"x" * (1 << 20)), 1)
    assert disk.flush()
    assert disk.get(b"k") is None


def test_an_envelope_that_cannot_be_read_is_a_miss_and_goes(disk):
    disk.put(b"k", stored(), 1)
    assert disk.flush()
    opened = disk._writer.opened
    with opened.env.begin(write=True) as txn:
        ((name, envelope),) = txn.cursor(opened.index.entries)
        txn.put(name, envelope[:-1] + b"!", db=opened.index.entries)
    assert disk.get(b"k") is None
    assert disk.faults[Fault.UNREADABLE] == 1
    assert disk.flush()
    assert disk.counts() == (0, 0)


def test_what_is_asked_for_stays_longer(disk):
    popular = [b"popular %d" % number for number in range(64)]
    for key in popular:
        disk.put(key, stored(body=b"x" * 10_000), 1)
    assert disk.flush()
    assert all(disk.get(key) for key in popular)
    for number in range(1500):
        disk.put(b"%d" % number, stored(body=b"x" * 10_000), 1)
        if number % 100 == 0:
            assert disk.flush()
    assert disk.flush()
    assert all(disk.get(key) for key in popular)
    assert disk.get(b"0") is None


def test_a_damaged_page_is_a_miss_and_then_a_new_file(tmp_path):
    """LMDB tells of what it can tell from nonsense; the rest ends processes."""
    disk = disk_in(tmp_path)
    for number in range(500):
        disk.put(b"%d" % number, stored(body=b"x" * 900), 1)
    disk.close()
    path = tmp_path / FILE
    content = bytearray(path.read_bytes())
    for at in range(2 * 4096, len(content), 4096):
        content[at + 10 : at + 12] = b"\x40\x00"  # what kind of page it is
    path.write_bytes(content)
    disk = disk_in(tmp_path)
    assert all(disk.get(b"%d" % number) is None for number in range(500))
    disk.put(b"new", stored(), 1)
    assert disk.flush()
    assert sum(disk.faults.values()) > 0
    assert disk.get(b"new") is not None
    disk.close()
