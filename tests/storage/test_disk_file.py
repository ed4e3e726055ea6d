import contextlib
import subprocess
import sys

import lmdb
import pytest

from sidecar.storage.disk_file import FILE, DiskFile, Fault
from sidecar.storage.file_lock import FileLock
from sidecar.storage.set_aside import SUFFIX


@pytest.fixture
def lock(tmp_path):
    lock = FileLock(tmp_path / "lock")
    yield lock
    lock.close()


def disk_file(tmp_path, lock, **more):
    return DiskFile(tmp_path, 1 << 22, lock, **more)


@contextlib.contextmanager
def opened(file):
    opened = file.open()
    yield opened
    opened.env.close()


def write(opened, count=50):
    with opened.env.begin(write=True) as txn:
        for number in range(count):
            opened.index.put(txn, b"%d" % number, b"x" * 5000)


def entries(opened):
    with opened.env.begin() as txn:
        return txn.stat(opened.index.entries)["entries"]


def faults(file):
    return {fault for fault, count in file.faults.items() if count}


def test_what_was_written_is_there_again(tmp_path, lock):
    file = disk_file(tmp_path, lock)
    with opened(file) as one:
        write(one)
    with opened(file) as again:
        assert entries(again) == 50
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert not faults(file)


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("foreign", lambda content: b"#!/bin/sh\n" * 1000),
        ("cut", lambda content: content[: len(content) // 2]),
        ("without its first page", lambda content: bytes(4096) + content[4096:]),
        ("of another version", lambda content: content[:20] + b"\x63" + content[21:]),
        ("a directory that is none", lambda content: content[:8192] + bytes(8192)),
    ],
)
def test_a_bad_one_is_set_aside(rule, damage, tmp_path, lock):
    file = disk_file(tmp_path, lock)
    with opened(file) as one:
        write(one)
    path = tmp_path / FILE
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with opened(file) as new:
        assert entries(new) == 0, rule
        write(new)
    assert (tmp_path / (FILE + SUFFIX)).read_bytes() == damaged
    assert len(faults(file)) == 1


def test_one_that_ends_every_process_is_set_aside(tmp_path, lock):
    """Pages that make no sense end a process in LMDB; another start, another end."""
    start = (
        "import sys, os\n"
        "from pathlib import Path\n"
        "from sidecar.storage.disk_file import DiskFile\n"
        "from sidecar.storage.file_lock import FileLock\n"
        "folder = Path(sys.argv[1])\n"
        "DiskFile(folder, 1 << 22, FileLock(folder / 'lock')).open()\n"
        "os._exit(1)\n"
    )
    with opened(disk_file(tmp_path, lock)) as one:
        write(one)
    disk_file(tmp_path, lock).settled()
    for _ in range(3):
        subprocess.run([sys.executable, "-c", start, tmp_path], check=False)
    file = disk_file(tmp_path, lock)
    with opened(file) as new:
        assert entries(new) == 0
    assert (tmp_path / (FILE + SUFFIX)).exists()
    assert faults(file) == {Fault.FOREIGN}
    # Of several workers each may start as often.
    for _ in range(5):
        subprocess.run(
            [
                sys.executable,
                "-c",
                start.replace("lock'))", "lock'), workers=8)"),
                tmp_path,
            ],
            check=False,
        )
    many = disk_file(tmp_path, lock, workers=8)
    with opened(many):
        assert not faults(many)


def test_a_replaced_one_is_replaced_once(tmp_path, lock):
    file, other = disk_file(tmp_path, lock), disk_file(tmp_path, lock)
    one = file.open()
    assert file.is_current(one)
    new = file.replace(one, Fault.CORRUPT)
    assert not file.is_current(one)
    write(new)
    new.env.close()
    # Who had the same file open gets what the first one made.
    same = other.replace(one, Fault.CORRUPT)
    assert entries(same) == 50
    assert other.is_current(same)
    assert (faults(file), faults(other)) == ({Fault.CORRUPT}, set())
    one.env.close()
    same.env.close()


def test_the_locks_have_their_room(tmp_path, lock):
    """A hole in them would end the process where the file system is full."""
    with opened(disk_file(tmp_path, lock)):
        locks = (tmp_path / f"{FILE}-lock").stat()
        assert locks.st_blocks * 512 >= locks.st_size > 0


def test_no_place_for_it(tmp_path, lock):
    with pytest.raises((OSError, lmdb.Error)):
        DiskFile(tmp_path / "absent", 1 << 22, lock).open()


def test_stays_in_its_size(tmp_path, lock):
    with opened(disk_file(tmp_path, lock)) as one:
        for batch in range(300):
            with one.env.begin(write=True) as txn:
                for number in range(one.index.part // 5000):
                    one.index.put(txn, b"%d %d" % (batch, number), b"x" * 5000)
        assert 100 < entries(one) < 1000
    assert (tmp_path / FILE).stat().st_size <= 1 << 22
