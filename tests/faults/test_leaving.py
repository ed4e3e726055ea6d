"""A client that leaves in the very moment in which something comes for it."""

import signal
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Connection, Origin, Wait, reply
from tests.harness.sidecar import ENGINES, Sidecar, await_condition
from tests.harness.strict import Request
from tests.wire.test_streaming import in_flight

BEGUN = reply(b"x" * 1000)[:-500]


def stop(sidecar: Sidecar) -> None:
    """Have it stand still, so that what comes now comes to it all at once."""
    sidecar.signal(signal.SIGSTOP)
    stat = Path(f"/proc/{sidecar.pid}/stat")
    await_condition(lambda: stat.read_text().rpartition(") ")[2].startswith("T"))


@pytest.mark.parametrize("engine", ENGINES)
def test_keeps_no_place_at_the_upstream(
    engine: str, own_sidecar: Start, origin: Origin
) -> None:
    """It leaves, and the answer that needs a task begins to come, in one turn of the
    loop: the task ends before it has begun.
    """
    here: list[int] = []

    async def arrived(connection: Connection, _: Request) -> None:
        ours = connection.transport.get_extra_info("socket")
        while not origin.diagnosis.unread(ours):
            await connection.pause(0.001)
        here.append(connection.number)

    origin.script(b"/begun", (Wait("go"), BEGUN, arrived, Wait("never")))
    limited = {"max": 1, "queue": {"timeout": "60s"}}
    sidecar = own_sidecar({"engine": engine, "defaults": {"concurrency": limited}})
    # From now on there is a connection that nobody has to wait for.
    assert get(sidecar.port).status == 200
    client = Client(sidecar.port)
    client.send(b"GET /begun HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: len(origin.received) == 2)
    stop(sidecar)
    try:
        client.close()
        origin.release("go")
        assert origin.wait_for(lambda: bool(here))
    finally:
        sidecar.signal(signal.SIGCONT)
    await_condition(lambda: in_flight(sidecar) == 0)
    assert get(sidecar.port).status == 200
