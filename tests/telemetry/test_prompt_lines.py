"""Lines of a process without threads."""

import os

import pytest

from sidecar.telemetry.prompt_lines import LONGEST, PromptLines


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        try:
            os.close(fd)
        except OSError:
            continue


def test_a_line_is_written_at_once(pipe):
    reader, writer = pipe
    PromptLines(writer).write(b"hello\n")
    assert os.read(reader, 100) == b"hello\n"


def test_a_long_one_is_cut(pipe):
    reader, writer = pipe
    PromptLines(writer).write(b"x" * 10_000 + b"\n")
    assert os.read(reader, 20_000) == b"x" * (LONGEST - 1) + b"\n"


def test_where_nobody_reads_it_goes_on(pipe):
    _, writer = pipe
    lines = PromptLines(writer)
    for _ in range(1000):
        lines.write(b"x" * 1000 + b"\n")
    assert 0 < lines.dropped < 1000


def test_where_nobody_can_read_it_goes_on(pipe):
    reader, writer = pipe
    lines = PromptLines(writer)
    os.close(reader)
    lines.write(b"hello\n")
    lines.write(b"hello\n")
    assert lines.dropped == 2


def test_a_file(tmp_path):
    with (tmp_path / "log").open("wb") as file:
        PromptLines(file.fileno()).write(b"hello\n")
    assert (tmp_path / "log").read_bytes() == b"hello\n"
