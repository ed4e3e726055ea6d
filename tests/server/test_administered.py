"""What the health listener shows of a sidecar, through the real application."""

import pytest

from sidecar.policy.readiness import UpstreamState
from sidecar.server.administered import health
from tests.admin.listeners import probing
from tests.server.administered import Sidecar


@pytest.fixture
def sidecar(tmp_path):
    return Sidecar(tmp_path / "sidecar.yaml")


async def ready(sidecar):
    async with probing(health(sidecar)) as client:
        answer = await client.get("/readyz")
        return answer.status, await answer.text()


async def test_ready(sidecar):
    assert (await ready(sidecar))[0] == 200


async def test_not_ready_before_it_was_started(sidecar):
    sidecar.is_started = False
    assert (await ready(sidecar))[0] == 503


async def test_not_ready_before_contact_and_why(sidecar):
    sidecar.upstream = UpstreamState(
        "default", contacted=False, healthy=False, detail="upstream_refused"
    )
    status, text = await ready(sidecar)
    assert status == 503
    assert "no_contact" in text


async def test_the_rule_is_that_of_the_file_in_effect(sidecar):
    sidecar.upstream = UpstreamState("default", contacted=True, healthy=False)
    assert (await ready(sidecar))[0] == 200
    sidecar.loaded = sidecar.load("health: {readiness: follow}\n")
    assert (await ready(sidecar))[0] == 503


async def test_not_ready_while_it_drains(sidecar):
    sidecar.drain()
    status, text = await ready(sidecar)
    assert status == 503
    assert "draining" in text


async def test_metrics_are_those_of_the_sidecar(sidecar):
    async with probing(health(sidecar)) as client:
        answer = await client.get("/metrics")
        assert "active_connections 3" in await answer.text()
