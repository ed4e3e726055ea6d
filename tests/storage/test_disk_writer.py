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


def test_closing_writes_what_is_queued(file):
    writer = DiskWriter(file)
    for number in range(500):
        writer.add(put(b"%d" % number))
    writer.close()
    assert not writer.add(put(b"late"))
    again = DiskWriter(file)
    assert len(names(again)) == 500
    again.close()
