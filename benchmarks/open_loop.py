"""Open loop: latency at a constant arrival rate.

Requests become due by the clock, whatever the server does. A latency counts from
the moment a request was due, also where no connection was free to carry it: a
server that stalls for a second delays a second's worth of requests, and they all
say so. (A closed loop would wait with it and see one slow request: coordinated
omission.) Blocking sockets and select(2), whose timeout counts microseconds.

Run as a program: port, path, rate, seconds. Prints one latency in seconds a line.
"""

import gc
import select
import socket
import subprocess
import sys
import time
from collections import deque

from benchmarks.processes import HOST, LOAD_CORE, pinned

CONNECTIONS = 64
PATIENCE = 20.0  # seconds after the last request was due
END_OF_HEAD = b"\r\n\r\n"


class Lost(Exception):
    """A connection ended, or an answer did not come, or was not 200."""


class Lane:
    """One connection, with at most one request under way."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._due = 0.0
        self._answer = b""

    def fileno(self) -> int:
        """What select(2) watches."""
        return self.socket.fileno()

    def send(self, due: float) -> None:
        """Send the request that was due then."""
        self._due, self._answer = due, b""
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Return when the request was due, once its answer is complete."""
        data = self.socket.recv(65536)
        self._answer += data
        head, found, content = self._answer.partition(END_OF_HEAD)
        if not data or (found and not head.startswith(b"HTTP/1.1 200")):
            raise Lost(head[:100])
        complete = found and len(content) >= _content_length(head)
        return self._due if complete else None


def _content_length(head: bytes) -> int:
    _, found, after = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise Lost("an answer without Content-Length")
    return int(after.split(b"\r\n", 1)[0])


def latencies(port: int, path: str, rate: int, seconds: float) -> list[float]:
    """Send `rate` requests a second and return the latency of each.

    Raises:
        Lost: if one is not answered with 200.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
    lanes = [Lane(port, request) for _ in range(CONNECTIONS)]
    gc.disable()
    try:
        return _run(lanes, rate, int(rate * seconds))
    finally:
        gc.enable()
        for lane in lanes:
            lane.socket.close()


def _run(lanes: list[Lane], rate: int, total: int) -> list[float]:
    free, busy = deque(lanes), set[Lane]()
    due: deque[float] = deque()
    measured: list[float] = []
    now = time.perf_counter
    begun, arrived = now() + 0.01, 0
    end = begun + total / rate + PATIENCE
    while len(measured) < total:
        while arrived < total and begun + arrived / rate <= now():
            due.append(begun + arrived / rate)
            arrived += 1
        while due and free:
            lane = free.popleft()
            lane.send(due.popleft())
            busy.add(lane)
        later = begun + arrived / rate - now() if arrived < total else PATIENCE
        readable, _, _ = select.select(busy, (), (), max(0.0, later))
        for lane in readable:
            was_due = lane.receive()
            if was_due is not None:
                measured.append(now() - was_due)
                busy.remove(lane)
                free.append(lane)
        if now() > end:
            raise Lost(f"{total - len(measured)} answers are missing")
    return measured


def measured_apart(port: int, path: str, rate: int, seconds: float) -> list[float]:
    """Do the same in a process of its own on the core of the load."""
    arguments = [str(port), path, str(rate), str(seconds)]
    command = [sys.executable, "-m", "benchmarks.open_loop", *arguments]
    ran = subprocess.run(
        pinned(LOAD_CORE, command),
        capture_output=True,
        text=True,
        timeout=seconds + 3 * PATIENCE,
        check=False,
    )
    if ran.returncode:
        raise Lost(ran.stderr.strip().rpartition("\n")[2])
    return [float(line) for line in ran.stdout.split()]


if __name__ == "__main__":
    for latency in latencies(
        int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    ):
        print(f"{latency:.6f}")
