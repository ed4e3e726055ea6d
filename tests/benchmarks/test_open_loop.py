"""The latency generator counts from when a request was due, not when it was sent."""

import signal
import subprocess
import sys

import pytest

from benchmarks.figures import quantile
from benchmarks.latency import frozen_p99
from benchmarks.open_loop import Lost, latencies

SERVER = """\
import asyncio, sys
ANSWER = sys.argv[1].encode().decode("unicode_escape").encode()
async def serve(reader, writer):
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            writer.write(ANSWER)
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
OK = r"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSED = [
    ("another status", r"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
    ("another good one", r"HTTP/1.1 204 No\r\n\r\n"),
    ("no answer", r"HTTP/1.1 two hundred\r\n\r\n"),
]


@pytest.fixture
def server():
    started = []

    def start(answer):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, answer], stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout
        return process.pid, int(process.stdout.readline())

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate(timeout=60)


def test_every_request_that_was_due_has_a_latency(server):
    _, port = server(OK)
    measured = latencies(port, "/", 200, 0.5)
    assert len(measured) == 100
    assert min(measured) > 0


@pytest.mark.parametrize(("rule", "answer"), REFUSED)
def test_a_wrong_answer_is_no_latency(server, rule, answer):
    _, port = server(answer)
    with pytest.raises(Lost):
        latencies(port, "/", 200, 0.1)


def test_a_frozen_server_shows_in_p99(server):
    pid, port = server(OK)
    # A third of the requests fell due while it was frozen for a second. A closed
    # loop would have seen 64 slow ones, and a p99 without them.
    assert frozen_p99(pid, port, 300) > 0.5


def test_a_closed_loop_would_hide_it():
    """Why: the same second, seen by 64 clients that wait with the server."""
    closed = [0.001] * 20_000 + [1.0] * 64
    assert quantile(closed, 0.99) < 0.01
