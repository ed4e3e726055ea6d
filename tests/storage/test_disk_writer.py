from threading import Event

import lmdb
import pytest

from sidecar.storage.disk_file import FILE, DiskFile, Fault
from sidecar.storage.disk_writer import QUEUE, DiskWriter, Task
from sidecar.storage.file_lock import FileLock
from sidecar.storage.set_aside import SUFFIX


@pytest.fixture
def file(tmp_path):
    lock = FileLock(tmp_path / "lock")
    yield DiskFile(tmp_path, 1 << 22, lock)
    lock.close()


@pytest.fixture
def writer(file):
    writer = DiskWriter(file)
    yield writer
    writer.close()


def put(name: bytes, content: bytes = b"x") -> Task:
    return Task(lambda txn, opened: opened.index.put(txn, name, content), len(content))


def names(writer):
    with writer.opened.env.begin() as txn:
        return set(writer.opened.index.names(txn, 1000))


def test_writes_in_order(writer):
    writer.add(put(b"a"))
    writer.add(put(b"b"))
    writer.add(Task(lambda txn, opened: opened.index.remove(txn, b"a")))
    assert writer.flush()
    assert names(writer) == {b"b"}


def test_drops_what_the_disk_does_not_keep_up_with(writer, file):
    stuck, go_on = Event(), Event()

    def wait(_txn, _opened):
        stuck.set()
        assert go_on.wait(60)

    writer.add(Task(wait))
    assert stuck.wait(60)
    assert not writer.flush(0.01)
    big = b"x" * (QUEUE // 4)
    assert [writer.add(put(b"%d" % n, big)) for n in range(5)] == [True] * 4 + [False]
    assert file.faults[Fault.DROPPED] == 1
    go_on.set()
    assert writer.flush()
    assert writer.add(put(b"small"))


def test_what_a_reader_suspects_is_replaced(writer, file, tmp_path):
    writer.add(put(b"a"))
    assert writer.flush()
    old = writer.opened
    writer.suspect(old, Fault.CORRUPT)
    writer.suspect(old, Fault.CORRUPT)
    writer.add(put(b"b"))
    assert writer.flush()
    assert names(writer) == {b"b"}
    assert file.faults[Fault.CORRUPT] == 1
    assert (tmp_path / (FILE + SUFFIX)).exists()
    # Who was late to notice changes nothing.
    writer.suspect(old, Fault.CORRUPT)
    assert writer.flush()
    assert names(writer) == {b"b"}


def test_follows_where_another_process_replaced_the_file(writer, file):
    other = file.replace(writer.opened, Fault.CORRUPT)
    other.env.close()
    writer.add(put(b"a"))
    assert writer.flush()
    assert file.is_current(writer.opened)
    assert names(writer) == {b"a"}


def test_an_error_while_writing_begins_anew(writer, file):
    def fail(_txn, _opened):
        raise lmdb.CorruptedError("a page")

    writer.add(put(b"a"))
    assert writer.flush()
    writer.add(Task(fail))
    writer.add(put(b"b"))
    assert writer.flush()
    assert names(writer) <= {b"b"}
    assert file.faults[Fault.CORRUPT] >= 1


def test_a_full_file_makes_room(writer, file):
    def fill(txn, _opened):
        for number in range(10_000):
            txn.put(b"foreign %d" % number, b"x" * 4000)

    writer.add(put(b"a"))
    writer.add(Task(fill))
    assert writer.flush()
    assert file.faults[Fault.FULL] >= 1
    writer.add(put(b"b"))
    assert writer.flush()
    assert b"b" in names(writer)


@pytest.mark.parametrize("kind", [lmdb.DiskError, lmdb.Error])
def test_a_full_file_system_makes_room(kind, writer, file, tmp_path):
    """LMDB says of a write that was cut short no more than that it failed."""
    left = [2]

    def fail(_txn, _opened):
        left[0] -= 1
        if left[0] >= 0:
            raise kind("no room")

    for number in range(64):
        writer.add(put(b"%d" % number, b"x" * 4000))
    assert writer.flush()
    writer.add(Task(fail))
    writer.add(put(b"b"))
    assert writer.flush()
    assert b"b" in names(writer)
    assert 1 < len(names(writer)) < 65
    assert file.faults[Fault.FULL] == 2
    assert not (tmp_path / (FILE + SUFFIX)).exists()


def test_where_there_is_no_room_at_all_the_file_is_removed(writer, file, tmp_path):
    def fail(_txn, _opened):
        raise lmdb.DiskError("no room")

    writer.add(put(b"a"))
    writer.add(Task(fail))
    assert writer.flush()
    assert names(writer) == set()
    assert file.is_current(writer.opened)
    # It would take the room that is wanted.
    assert not (tmp_path / (FILE + SUFFIX)).exists()


def test_what_an_index_of_another_version_says_begins_anew(writer, file):
    def damage(txn, opened):
        txn.put(b"a", b"another struct", db=opened.index.states)

    writer.add(put(b"a"))
    writer.add(Task(damage))
    assert writer.flush()
    writer.add(put(b"a"))
    writer.add(put(b"b"))
    assert writer.flush()
    writer.add(put(b"c"))
    assert writer.flush()
    assert b"c" in names(writer)
    assert file.faults[Fault.CORRUPT] == 1


def test_a_full_file_with_such_an_index_begins_anew(writer, file):
    left = [1]

    def damage(txn, opened):
        txn.put(b"a", b"another struct", db=opened.index.states)

    def fail(_txn, _opened):
        left[0] -= 1
        if left[0] >= 0:
            raise lmdb.DiskError("no room")

    writer.add(put(b"a"))
    writer.add(Task(damage))
    assert writer.flush()
    writer.add(Task(fail))
    writer.add(put(b"b"))
    assert writer.flush()
    assert names(writer) == {b"b"}
    assert file.faults[Fault.CORRUPT] == 1


def test_closing_writes_what_is_queued(file):
    writer = DiskWriter(file)
    for number in range(500):
        writer.add(put(b"%d" % number))
    writer.close()
    assert not writer.add(put(b"late"))
    again = DiskWriter(file)
    assert len(names(again)) == 500
    again.close()
