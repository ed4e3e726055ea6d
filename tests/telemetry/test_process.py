"""Figures of this process, against psutil's."""

import mmap
import os
import time

import psutil
import pytest

from sidecar.telemetry import process

MINE = psutil.Process()


def test_memory():
    assert process.resident() == pytest.approx(MINE.memory_info().rss, rel=0.2)
    assert process.virtual() == pytest.approx(MINE.memory_info().vms, rel=0.2)
    assert 0 < process.proportional() <= process.resident() * 1.2


def test_memory_of_our_own(tmp_path):
    assert 0 < process.own() < process.resident()
    before = process.own()
    content = bytearray(64 << 20)
    assert process.own() - before > 48 << 20
    del content
    file = tmp_path / "file"
    file.write_bytes(b"x" * (64 << 20))
    before = process.own()
    with file.open("rb") as source, mmap.mmap(source.fileno(), 0, prot=1) as mapped:
        assert mapped.find(b"y") == -1
        assert process.own() - before < 16 << 20


def test_descriptors():
    before = process.open_fds()
    read, write = os.pipe()
    assert process.open_fds() == before + 2
    os.close(read)
    os.close(write)
    assert process.max_fds() >= before


def test_processor_time_passes():
    before = process.cpu()
    while process.cpu() == before:
        sum(range(1000))
    assert process.cpu() > before


def test_start():
    assert process.started() == pytest.approx(MINE.create_time(), abs=2)
    assert process.started() < time.time()


@pytest.mark.parametrize(
    "figure", [process.resident, process.proportional, process.started]
)
def test_without_proc_there_is_an_answer(figure, tmp_path):
    assert figure(tmp_path) > 0


def test_without_proc_some_are_not_known(tmp_path):
    assert process.virtual(tmp_path) == process.open_fds(tmp_path) == 0


def test_a_process_that_is_not_ours_is_read_by_its_id():
    parent = psutil.Process(os.getppid())
    pid = parent.pid
    assert process.resident(pid=pid) == pytest.approx(
        parent.memory_info().rss, rel=0.2, abs=1 << 20
    )
    assert process.cpu(pid=pid) == pytest.approx(sum(parent.cpu_times()[:4]), abs=2)
    assert process.open_fds(pid=pid) > 0


def test_a_process_that_is_gone():
    gone = 2**22 + 1
    assert process.resident(pid=gone) == process.proportional(pid=gone) == 0
    assert process.virtual(pid=gone) == process.open_fds(pid=gone) == 0
    assert process.cpu(pid=gone) == 0
