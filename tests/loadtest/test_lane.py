"""One connection, against a service that does what it likes."""

import select
import time

import pytest

from sidecar.loadtest.lane import Failed, Lane, State
from sidecar.loadtest.target import Question, target
from sidecar.units import NEVER, Instant
from tests.harness.ports import reserved_port
from tests.loadtest.service import OK, serving

LIMIT = 30.0
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


PLAIN = Question()


def lane_to(url, question=PLAIN):
    return Lane(target("asked", url, question))


def ask(lane):
    """Ask once, and wait: the status."""
    end = Instant(time.perf_counter() + LIMIT)
    lane.send(Instant(1.0), end)
    while time.perf_counter() < end:
        writing = [lane] if lane.writes else []
        readable, writable, _ = select.select([lane], writing, (), 1.0)
        if writable:
            lane.writable()
        elif readable and lane.readable():
            return lane.status
    raise AssertionError("no answer")


@pytest.mark.parametrize(
    ("rule", "answer", "status", "state"),
    [
        ("with a length", OK, 200, State.FREE),
        ("in chunks", b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 503, State.FREE),
        ("without a body", b"HTTP/1.1 204 X\r\n\r\n", 204, State.FREE),
        ("told that it is the last", CLOSE + b"Content-Length: 0\r\n\r\n", 200, State.CLOSED),
        ("until it closes", CLOSE + b"\r\nsome", 200, State.CLOSED),
        ("after an interim one", b"HTTP/1.1 103 X\r\n\r\n" + OK, 200, State.FREE),
    ],
)  # fmt: skip
def test_answers(rule, answer, status, state):
    with serving(lambda _: answer) as service:
        lane = lane_to(service.url)
        assert ask(lane) == status
        assert lane.state is state
        lane.close()


def test_a_connection_is_kept():
    with serving() as service:
        lane = lane_to(service.url)
        assert [ask(lane), ask(lane)] == [200, 200]
        assert service.connections == 1
        lane.close()


@pytest.mark.parametrize(
    ("rule", "answer", "kind"),
    [
        ("nothing", None, "closed"),
        ("half", CLOSE + b"Content-Length: 9\r\n\r\nhalf", "closed"),
        ("half a head", b"HTTP/1.1 200 OK\r\nConnection: close", "closed"),
        ("no HTTP", b"SSH-2.0-x\r\n\r\n", "malformed"),
    ],
)
def test_failures(rule, answer, kind):
    with serving(lambda _: answer) as service:
        lane = lane_to(service.url)
        with pytest.raises(Failed, match=kind):
            ask(lane)
        assert not lane.is_stale
        lane.close()


def test_nobody_listens():
    lane = lane_to(f"http://127.0.0.1:{reserved_port()}/")
    with pytest.raises(Failed, match="connect"):
        ask(lane)
    lane.close()


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_anew():
    with serving(lambda n: OK if n != 1 else None) as service:
        one, other = lane_to(service.url), lane_to(service.url)
        assert ask(one) == 200
        with pytest.raises(Failed):
            ask(other)  # the second request is never answered
        other.close()
        assert one.state is State.FREE
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and one.state is State.FREE:
        one._close_if_ended()  # the service is gone, and so is its connection
    assert (one.state, one.due) == (State.CLOSED, NEVER)


def test_a_body_larger_than_buffers_is_sent_in_parts():
    with serving(lambda _: None) as service:
        lane = lane_to(service.url, Question("POST", body=bytes(64 << 20)))
        with pytest.raises(Failed, match="closed"):
            ask(lane)
        lane.close()
