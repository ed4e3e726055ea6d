"""What becomes of memory that was freed, counted by the kernel."""

import os
import subprocess
import sys

import pytest

MEASURED = """
import resource
from sidecar.server.allocator import KEPT, keep_room
from sidecar.telemetry.process import resident

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

keep_room()
for round in range(100):
    body = b"x" * (1 << 20)
    if not round:
        before = faults()
    del body
print(faults() - before)
def many(count):
    # In a function: a dictionary of globals that grows would lie behind the bodies.
    before = resident()
    bodies = [b"x" * (1 << 20) for _ in range(count)]
    most = resident()
    del bodies
    return most - before, resident() - before - KEPT

many(1)
print(*many(64))
"""


def measured(**environment: str) -> tuple[int, int, int]:
    script = subprocess.run(
        [sys.executable, "-c", MEASURED],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    faults, most, left = map(int, script.stdout.split())
    return faults, most, left


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux")
def test_a_body_is_received_where_one_was_before_and_many_are_given_back():
    faults, most, left = measured()
    assert faults < 100 * 256 / 10
    assert most > 60 << 20
    assert left < 8 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux")
def test_who_starts_it_may_say_otherwise():
    faults, _, _ = measured(MALLOC_MMAP_THRESHOLD_="65536")
    assert faults > 100 * 256 / 2
