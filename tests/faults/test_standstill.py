"""A worker that stood still blames nobody else for it."""

import signal
import time
from contextlib import ExitStack

import pytest

from tests.conftest import Start
from tests.faults.test_breaker import guarded, shown
from tests.harness.client import Client
from tests.harness.origin import Origin, Wait, reply
from tests.harness.sidecar import ENGINES, await_condition

# Time enough for a slow machine to have asked, before it is over.
REQUEST = 4.0
CLIENTS = 4


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_answered_meanwhile_is_no_timeout(
    engine: str, own_sidecar: Start, origin: Origin
) -> None:
    origin.script(b"/", (Wait("go"), reply(b"well")))
    config = guarded(min_requests=2) | {"engine": engine}
    config["defaults"]["timeouts"] = {"request": f"{REQUEST}s"}
    sidecar = own_sidecar(config)
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(sidecar.port)) for _ in range(CLIENTS)]
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        assert origin.wait_for(lambda: len(origin.received) == CLIENTS)
        sidecar.signal(signal.SIGSTOP)
        over = time.monotonic() + REQUEST + 0.5
        try:
            origin.release("go")
            await_condition(lambda: time.monotonic() > over)
        finally:
            sidecar.signal(signal.SIGCONT)
        assert [client.read(1).status for client in clients] == [200] * CLIENTS
    assert shown(sidecar)["default"]["state"] == "closed"
