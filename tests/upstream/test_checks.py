"""Endpoints are asked how they are; who is unwell is left out, and comes back."""

import pytest

from sidecar.upstream.checks import HealthCheck
from tests.harness.ports import reserved_port
from tests.upstream.exchange import ask, taken, until
from tests.upstream.origin import Origin, replies

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SICK = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
OFTEN = HealthCheck(b"/healthz", interval=0.02, timeout=30.0, healthy=2, unhealthy=2)


async def several_checks(upstream):
    """Return when as many were due as one beside has made."""
    async with Origin(replies(WELL)) as origin:
        beside = upstream(origin.address, health=OFTEN)
        await until(lambda: origin.accepted >= 5)
        await beside.close()


async def test_who_answers_well_stays(upstream):
    async with Origin(replies(WELL)) as origin:
        backend = upstream(origin.address, health=OFTEN)
        (endpoint,) = backend.endpoints
        await until(lambda: origin.accepted >= 3)
        assert endpoint.well
        assert backend.failing_since is None
        await backend.close()


@pytest.mark.parametrize("kind", ["sick", "gone"])
async def test_who_does_not_is_left_out(kind, upstream):
    async with Origin(replies(WELL)) as good, Origin(replies(SICK)) as bad:
        sick = bad.address
        if kind == "gone":
            sick = type(sick)("127.0.0.1", reserved_port())
        backend = upstream(good.address, sick, health=OFTEN)
        await until(lambda: not backend.endpoints[1].well)
        assert backend.endpoints[0].well
        assert "health check" in backend.last_error
        for _ in range(10):
            connection = await taken(backend)
            assert connection.endpoint is backend.endpoints[0]
            await ask(connection)
            connection.release()
        await backend.close()


async def test_who_recovers_comes_back(upstream):
    async with Origin(replies(SICK)) as origin:
        backend = upstream(origin.address, health=OFTEN)
        (endpoint,) = backend.endpoints
        await until(lambda: not endpoint.well)
        assert backend.failing_since is not None
        origin.script = replies(WELL)
        await until(lambda: endpoint.well)
        assert backend.failing_since is None
        assert endpoint.last_error is None
        await backend.close()


async def test_checks_take_nobodys_connection(upstream):
    async with Origin(replies(WELL)) as origin:
        backend = upstream(origin.address, health=OFTEN, connections=1)
        connection = await taken(backend)
        (endpoint,) = backend.endpoints
        await until(lambda: origin.open)
        accepted = origin.accepted
        await several_checks(upstream)
        assert endpoint.well
        assert backend.counts()["active"] == 1
        assert origin.accepted == accepted
        connection.discard()
        await until(lambda: backend.counts()["active"] == 0)
        await backend.close()


async def test_who_hangs_on_every_connection_does_not_seem_well_again(upstream):
    async with Origin(replies(SICK)) as origin:
        backend = upstream(origin.address, health=OFTEN, connections=1)
        (endpoint,) = backend.endpoints
        await until(lambda: not endpoint.well)
        held = await taken(backend)
        await several_checks(upstream)
        assert not endpoint.well
        held.discard()
        origin.script = replies(WELL)
        await until(lambda: endpoint.well)
        await backend.close()


async def test_they_end_with_the_upstream(upstream):
    async with Origin(replies(SICK)) as origin:
        backend = upstream(origin.address, health=OFTEN)
        (checks,) = backend._checks
        backend.retire()
        await until(checks._task.done)
