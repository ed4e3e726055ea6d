import os
import subprocess
import sys

import pytest

from benchmarks.accounting import (
    clocks,
    cpu_seconds,
    pss,
    rss,
    tree,
    used_since,
)

# A line is one write, for two of them write to the same pipe.
BUSY = """\
import sys
n = 0
while n < 3_000_000: n += 1
sys.stdout.write(f"{n}\\n")
sys.stdout.flush()
input()
"""
NESTED = f"""\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BUSY!r}], stdin=subprocess.PIPE)
sys.stdout.write("up\\n")
sys.stdout.flush()
input()
child.communicate(b"\\n")
"""


@pytest.fixture
def program():
    started = []

    def start(source):
        one = subprocess.Popen(
            [sys.executable, "-c", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(one)
        return one

    yield start
    for one in started:
        one.communicate(b"\n", timeout=60)


def test_the_cpu_clock_is_what_proc_shows(program):
    busy = program(BUSY)
    assert busy.stdout.readline() == b"3000000\n"
    # Its work is done and it waits for a line: both clocks stand still.
    fine = cpu_seconds((busy.pid,))
    assert fine > 0.01


def test_who_has_ended_used_nothing(program):
    busy, other = program(BUSY), program(BUSY)
    assert busy.stdout.readline() == other.stdout.readline() == b"3000000\n"
    before = clocks((busy.pid, other.pid))
    assert set(before) == {busy.pid, other.pid}
    other.stdin.write(b"\n")
    other.stdin.flush()
    assert other.wait(60) == 0
    assert set(clocks(before)) == {busy.pid}
    assert 0 <= used_since(before) < before[busy.pid]


def test_a_tree_has_the_children_of_children(program):
    parent = program(NESTED)
    assert sorted([parent.stdout.readline(), parent.stdout.readline()]) == [
        b"3000000\n",
        b"up\n",
    ]
    pids = tree(parent.pid)
    assert len(pids) == 2
    assert cpu_seconds(pids) > cpu_seconds(pids[:1])


def test_shared_pages_are_divided_among_their_users():
    here = (os.getpid(),)
    assert 1 << 20 < pss(here) <= rss(here)
