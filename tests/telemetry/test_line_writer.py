"""Lines to pipes, files and full disks, and nobody waits for them."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time

import pytest

from sidecar.telemetry.access_line import JsonLine
from sidecar.telemetry.access_log import AccessLog
from sidecar.telemetry.line_writer import LineWriter
from tests.telemetry.exchanges import finished

F_SETPIPE_SZ = 1031


@pytest.fixture
def pipe():
    """A small pipe: (read, write)."""
    read, write = os.pipe()
    fcntl.fcntl(write, F_SETPIPE_SZ, 4096)
    yield read, write
    for fd in (read, write):
        with contextlib.suppress(OSError):  # a test closed it
            os.close(fd)


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def drain(fd, *writers, seconds=60.0):
    """All that is in the pipe, and that the writers still have for it."""
    received = bytearray()
    deadline = time.monotonic() + seconds
    while True:
        assert time.monotonic() < deadline, "it did not end in time"
        done = not any(writer.waiting for writer in writers)
        if select.select([fd], [], [], 0 if done else 0.05)[0]:
            received += os.read(fd, 65536)
        elif done:
            return received


def test_lines_arrive_in_order(pipe):
    read, write = pipe
    lines = LineWriter(write)
    expected = b"".join(b"line %d\n" % number for number in range(100))
    for line in expected.splitlines(keepends=True):
        lines.write(line)
    assert lines.close(30)
    os.close(write)
    assert os.read(read, 65536) == expected
    assert lines.dropped == lines.waiting == 0


def test_a_regular_file(tmp_path):
    path = tmp_path / "access.log"
    with path.open("wb") as file:
        lines = LineWriter(file.fileno())
        for number in range(10_000):
            lines.write(b"%d\n" % number)
        assert lines.close(30)
    assert path.read_bytes() == b"".join(b"%d\n" % number for number in range(10_000))


def test_a_terminal():
    leader, follower = os.openpty()
    lines = LineWriter(follower)
    lines.write(b"hello\n")
    assert lines.close(30)
    assert os.read(leader, 100) == b"hello\r\n"
    os.close(leader)
    os.close(follower)


def test_lines_are_written_without_being_asked_twice(pipe):
    read, write = pipe
    lines = LineWriter(write)
    for number in range(3):
        lines.write(b"%d\n" % number)
        assert select.select([read], [], [], 30)[0]
        assert os.read(read, 100) == b"%d\n" % number
    lines.close(30)


def test_a_blocked_pipe_blocks_nobody_and_recovers(pipe):
    read, write = pipe
    lines = LineWriter(write, capacity=64 << 10)
    log = AccessLog(JsonLine(redact=frozenset()), lines)
    observed = 2000

    def serve():
        for _ in range(observed):
            log.observe(finished())

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "a request waited for the log"
    dropped = lines.dropped
    assert dropped > 0
    assert lines.waiting <= 64 << 10

    received = drain(read, lines)
    log.observe(finished(status=201))
    received += drain(read, lines)
    records = [json.loads(line) for line in received.splitlines()]
    assert len(records) == observed - dropped + 1
    assert records[-1]["status"] == 201
    assert lines.dropped == dropped
    assert lines.close(30)


def test_the_descriptor_stays_blocking(pipe):
    _, write = pipe
    lines = LineWriter(write)
    lines.write(b"x\n")
    until(lambda: lines.waiting == 0)
    assert os.get_blocking(write)
    lines.close(30)


def test_a_descriptor_that_others_made_non_blocking(pipe):
    read, write = pipe
    os.set_blocking(write, False)
    lines = LineWriter(write)
    for number in range(2000):
        lines.write(b"%08d\n" % number)
    received = drain(read, lines)
    assert received == b"".join(b"%08d\n" % number for number in range(2000))
    assert lines.dropped == 0
    lines.close(30)


def test_a_closed_pipe_counts_and_harms_nobody(pipe):
    read, write = pipe
    os.close(read)
    lines = LineWriter(write)
    for _ in range(50):
        lines.write(b"nobody reads this\n")
    until(lambda: lines.dropped == 50)
    lines.write(b"nor this\n")
    until(lambda: lines.dropped == 51)
    assert lines.close(30)


def test_a_closed_descriptor_counts(pipe):
    _, write = pipe
    os.close(write)
    lines = LineWriter(write)
    lines.write(b"x\n")
    until(lambda: lines.dropped == 1)
    lines.close(30)


def test_a_full_disk_counts():
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        lines = LineWriter(full.fileno())
        lines.write(b"x\ny\n")
        until(lambda: lines.dropped == 2)
        lines.close(30)


def test_closing_waits_no_longer_than_told(pipe):
    read, write = pipe
    lines = LineWriter(write)
    for _ in range(2000):
        lines.write(b"x" * 99 + b"\n")
    assert lines.close(0.1) is False
    received = drain(read, lines)
    assert len(received) == 2000 * 100


def test_closing_what_never_wrote(pipe):
    assert LineWriter(pipe[1]).close(1)


def test_several_writers_share_a_pipe_line_by_line(pipe):
    """Pieces of up to PIPE_BUF bytes are not torn by what others write."""
    read, write = pipe
    writers = [LineWriter(write), LineWriter(write)]
    for _ in range(500):
        for writer, mark in zip(writers, b"ab", strict=True):
            writer.write(bytes([mark]) * 99 + b"\n")
    received = drain(read, *writers)
    lines = received.splitlines()
    assert len(lines) == 1000
    assert {bytes(line) for line in lines} == {b"a" * 99, b"b" * 99}
    for writer in writers:
        writer.close(30)


def test_a_line_torn_by_an_error_ends_before_the_next(tmp_path):
    """A limit on the file's size plays the disk that fills in mid-line."""
    script = f"""
import os, resource, signal, time
from sidecar.telemetry.line_writer import LineWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open({str(tmp_path / "log")!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))
lines = LineWriter(fd)
lines.write(b"123456789\\n")
while not lines.dropped: time.sleep(0.005)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
lines.write(b"whole\\n")
assert lines.close(30)
print(lines.dropped)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"1\n"
    assert (tmp_path / "log").read_bytes() == b"12345\nwhole\n"
