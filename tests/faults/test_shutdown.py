"""P3: SIGTERM finishes what is in flight, a second one does not, both exit with 0."""

import signal
from itertools import count

import pytest

from tests.conftest import Start
from tests.harness.client import Client, Outcome, get
from tests.harness.origin import Origin, Wait, reply
from tests.harness.sidecar import Sidecar, await_condition

MOST = 10_000
GET = b"GET %b HTTP/1.1\r\nHost: t\r\n\r\n"


@pytest.fixture(params=[1, 2])
def any_crew(own_sidecar: Start, request: pytest.FixtureRequest) -> Start:
    """Start a sidecar of one process, and one of two workers."""
    return lambda config: own_sidecar({**config, "workers": request.param})


def shutdown(grace: str, timeout: str) -> dict[str, object]:
    return {"shutdown": {"grace": grace, "timeout": timeout}}


def readiness(sidecar: Sidecar) -> int:
    return get(sidecar.health, b"/readyz").status


def is_told(outcome: Outcome) -> bool:
    """Whether the last answer says that the connection ends.

    A worker hears of a drain a moment after who says that we are not ready.
    """
    assert outcome.responses[-1].status == 200
    return outcome.responses[-1].one(b"Connection") == b"close"


def in_flight(sidecar: Sidecar, origin: Origin) -> Client:
    """A client whose answer the origin holds back until "go".

    Of a sidecar that is ready: from then on it is not for what it is told alone.
    """
    await_condition(lambda: readiness(sidecar) == 200)
    origin.script(b"/held", (Wait("go"), reply(b"held")))
    client = Client(sidecar.port)
    client.send(GET % b"/held")
    assert origin.wait_for(lambda: bool(origin.received))
    origin.take()
    return client


def is_closed(sidecar: Sidecar) -> bool:
    """Whether no new connection is accepted."""
    try:
        Client(sidecar.port).close()
    except ConnectionError:
        return True
    return False


def test_idle_sidecar_exits(own_sidecar: Start) -> None:
    sidecar = own_sidecar(shutdown("0s", "60s"))
    assert sidecar.terminate() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_flight_completes(number: int, any_crew: Start, origin: Origin) -> None:
    sidecar = any_crew(shutdown("0s", "60s"))
    client = in_flight(sidecar, origin)
    sidecar.signal(number)
    await_condition(lambda: is_closed(sidecar))
    assert sidecar.is_running()
    origin.release("go")
    outcome = client.read()
    assert outcome.status == 200
    assert outcome.responses[0].body == b"held"
    assert outcome.responses[0].one(b"Connection") == b"close"
    assert outcome.ended != "open"
    assert sidecar.wait() == 0
    client.close()


def test_body_in_flight_completes(own_sidecar: Start, origin: Origin) -> None:
    sidecar = own_sidecar(shutdown("0s", "60s"))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    origin.script(b"/body", (head + b"hello", Wait("go"), b"world"))
    with Client(sidecar.port) as client:
        client.send(GET % b"/body")
        client.read_bytes(b"hello")
        sidecar.signal()
        await_condition(lambda: is_closed(sidecar))
        origin.release("go")
        outcome = client.read()
    assert outcome.status == 200
    assert outcome.responses[0].body == b"helloworld"
    assert sidecar.wait() == 0


def test_not_ready_first(any_crew: Start, origin: Origin) -> None:
    """Within `grace` new requests are served, and told that the connection ends."""
    sidecar = any_crew(shutdown("60s", "60s"))
    assert get(sidecar.port).status == 200
    await_condition(lambda: readiness(sidecar) == 200)
    client = in_flight(sidecar, origin)
    sidecar.signal()
    await_condition(lambda: readiness(sidecar) == 503)
    await_condition(lambda: is_told(get(sidecar.port, b"/new")))
    origin.release("go")
    assert client.read().status == 200
    client.close()
    sidecar.signal()  # of the grace there is enough
    assert sidecar.wait() == 0


def test_kept_connection_is_told_to_end(any_crew: Start, origin: Origin) -> None:
    sidecar = any_crew(shutdown("60s", "60s"))
    with Client(sidecar.port, methods=(b"GET",) * MOST) as client:
        assert client.ask(GET % b"/1").status == 200
        sidecar.signal()
        await_condition(lambda: readiness(sidecar) == 503)
        asked = count(2)

        def again() -> bool:
            client.send(GET % b"/2")
            return is_told(client.read(next(asked)))

        await_condition(again)
        assert client.read().ended != "open"
    sidecar.signal()  # of the grace there is enough
    assert sidecar.wait() == 0


def test_idle_connections_do_not_hold_the_exit(
    own_sidecar: Start, origin: Origin
) -> None:
    timeouts = {"timeouts": {"client_head": "1s"}}
    sidecar = own_sidecar({**shutdown("0s", "60s"), "defaults": timeouts})
    used, silent, half = (Client(sidecar.port) for _ in range(3))
    assert used.ask(GET % b"/").status == 200
    half.send(b"GET / HTTP/1.1\r\nHost:")
    assert half.await_read()
    sidecar.signal()
    for client in (used, silent, half):
        assert client.read().ended != "open"
        client.close()
    assert sidecar.wait() == 0


def test_timeout_ends_what_does_not_end(any_crew: Start, origin: Origin) -> None:
    sidecar = any_crew(shutdown("0s", "500ms"))
    client = in_flight(sidecar, origin)
    assert sidecar.terminate() == 0
    outcome = client.read()
    assert outcome.ended != "open"
    assert outcome.statuses in ([], [503], [502], [504])
    client.close()


def test_second_signal_ends_at_once(any_crew: Start, origin: Origin) -> None:
    sidecar = any_crew(shutdown("60s", "60s"))
    client = in_flight(sidecar, origin)
    sidecar.signal()
    await_condition(lambda: readiness(sidecar) == 503)
    assert sidecar.is_running()
    sidecar.signal()
    assert sidecar.wait() == 0
    assert client.read().ended != "open"
    client.close()
