"""Figures of several processes as one."""

import os
import subprocess
import sys

from sidecar.telemetry import process
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.snapshot import add

GONE = 2**22 + 1  # above the highest process id


def read(processes):
    found: dict = {}
    add(found, processes.rows())
    return found


def test_alone_is_the_process_itself():
    found = read(Processes(lambda: {"1": os.getpid()}, version="1.2.3"))
    assert set(found["sidecar_worker_open_fds"]) == {("1",)}
    assert (
        found["process_resident_memory_bytes"][()]
        == found["sidecar_worker_resident_memory_bytes"]["1",]
    )
    assert found["sidecar_build_info"] == {("1.2.3",): 1}
    assert found["process_max_fds"][()] == process.max_fds()


def test_workers_and_parent_add_up():
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        child.stdout.readline()
        found = read(Processes(lambda: {"1": child.pid}, version="1"))
        child.communicate(b"\n")
    memory = found["sidecar_worker_resident_memory_bytes"]["1",]
    assert memory > 1 << 20
    assert found["process_resident_memory_bytes"][()] > memory + (1 << 20)
    assert found["sidecar_worker_open_fds"]["1",] >= 3
    assert found["process_open_fds"][()] > found["sidecar_worker_open_fds"]["1",]


def test_processor_time_does_not_fall_when_a_worker_ends():
    workers: dict = {}
    processes = Processes(lambda: workers, version="1")
    with subprocess.Popen(
        [sys.executable, "-c", "sum(range(10_000_000)); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        child.stdout.readline()
        before = read(processes)["process_cpu_seconds_total"][()]
        workers["1"] = child.pid
        with_worker = read(processes)["process_cpu_seconds_total"][()]
        child.communicate(b"\n")
    after = read(processes)["process_cpu_seconds_total"][()]
    assert with_worker > before
    workers.clear()
    assert read(processes)["process_cpu_seconds_total"][()] >= after >= with_worker


def test_the_one_who_starts_workers_counts_too():
    alone = read(Processes(dict, version="1"))
    both = read(Processes(dict, version="1", parent=os.getppid()))
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total"):
        assert both[name][()] > alone[name][()]


def test_a_worker_that_is_gone_counts_nothing():
    found = read(Processes(lambda: {"1": GONE}, version="1"))
    assert found["sidecar_worker_resident_memory_bytes"] == {("1",): 0}
    assert found["process_resident_memory_bytes"][()] > 0
