"""The environment under a ledger: made, opened, replaced, followed."""

import struct
from pathlib import Path

import lmdb
import pytest

from sidecar.storage.ledger import Ledger
from sidecar.storage.ledger_file import (
    SIZE,
    Closed,
    LedgerFile,
    Reason,
    fill,
    reason,
)
from sidecar.storage.numbered import Numbered


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "ledger"


def opened(folder):
    file = LedgerFile(folder)
    file.open()
    return file


def write(file, key, number):
    with file.begin(write=True) as txn:
        txn.put(key, struct.pack("d", number), db=file.halves(txn)[0])


def read(file, key):
    with file.begin() as txn:
        return txn.get(key, None, file.halves(txn)[0])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (lmdb.MapFullError("…"), Reason.FULL),
        (lmdb.DiskError("…"), Reason.FULL),
        (lmdb.CorruptedError("…"), Reason.CORRUPT),
        (lmdb.InvalidError("…"), Reason.FOREIGN),
        (lmdb.VersionMismatchError("…"), Reason.FOREIGN),
        (Closed("…"), Reason.CLOSED),
        (lmdb.ReadersFullError("…"), Reason.OTHER),
        (PermissionError("…"), Reason.OTHER),
    ],
)
def test_reasons(error, expected):
    assert reason(error) is expected


def test_all_of_it_is_taken_when_it_is_made(folder):
    opened(folder).close()
    for file in (folder / "1").iterdir():
        stat = file.stat()
        assert stat.st_blocks * 512 >= stat.st_size
        assert stat.st_mode & 0o077 == 0
    assert (folder / "1" / "data.mdb").stat().st_size == SIZE


def test_the_halves_take_turns(folder):
    file = opened(folder)
    write(file, b"a", 1.0)
    with file.begin(write=True) as txn:
        file.turn(txn)
    assert read(file, b"a") is None
    write(file, b"b", 1.0)
    with file.begin(write=True) as txn:
        young, old = file.halves(txn)
        assert txn.stat(old)["entries"] == txn.stat(young)["entries"] == 1
        file.turn(txn)
        young, old = file.halves(txn)
        assert txn.stat(young)["entries"] == 0
        assert txn.get(b"b", None, old)
    file.close()


def replaced(folder, number):
    """What another process does that finds it broken."""
    return Numbered(folder, fill).after(number)


def numbers(folder):
    return [path.name for path in folder.iterdir()]


def test_what_is_broken_is_replaced(folder):
    file = opened(folder)
    write(file, b"a", 1.0)
    file.broken()
    assert read(file, b"a")
    file.refresh()
    assert read(file, b"a") is None
    assert numbers(folder) == ["2"]
    file.close()


def test_what_others_replaced_is_followed(folder):
    file = opened(folder)
    write(file, b"a", 1.0)
    assert replaced(folder, 1) == 2
    assert read(file, b"a"), "what is open stays readable"
    file.refresh()
    assert read(file, b"a") is None
    write(file, b"a", 2.0)
    file.close()


def test_two_that_find_it_broken_make_one(folder):
    file = opened(folder)
    file.broken()
    assert replaced(folder, 1) == 2
    file.refresh()
    write(file, b"a", 1.0)
    assert numbers(folder) == ["2"]
    file.close()


def test_nothing_to_refresh(folder):
    file = opened(folder)
    write(file, b"a", 1.0)
    file.refresh()
    assert read(file, b"a")
    file.close()


def test_closed(folder):
    file = LedgerFile(folder)
    with pytest.raises(Closed):
        file.begin()
    file.open()
    file.close()
    with pytest.raises(Closed):
        file.begin(write=True)


def test_an_environment_of_somebody_else_is_replaced(folder):
    made = folder / "1"
    made.mkdir(parents=True)
    with lmdb.open(str(made), map_size=1 << 20) as env, env.begin(write=True) as txn:
        txn.put(b"theirs", b"x")
    ledger = Ledger(folder)
    assert ledger.faults[Reason.OTHER] + ledger.faults[Reason.FOREIGN] == 1
    ledger.tick()
    ledger.add(b"a")
    assert ledger.add(b"a") == 2.0
    assert Path(folder / "2").is_dir()
    ledger.close()
