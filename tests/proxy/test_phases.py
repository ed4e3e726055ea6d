"""Phases in the way of a request: the nothing of each, and one that fails."""

from typing import cast

import pytest

from sidecar.errors import TunnelsExhausted
from sidecar.proxy.phases import NO_CACHE, OPEN, Cache
from sidecar.units import Instant
from tests.proxy.script import Client, Connection, Proxy, exchange, response, route


def test_what_is_off_changes_nothing():
    assert OPEN.admit(exchange()) is None
    one, cache = exchange(), cast("Cache", NO_CACHE)
    assert cache.lookup(one, Instant(0.0)) is None
    assert cache.again(one, Instant(0.0)) is None
    assert cache.may_ask(one)
    assert one.found is None
    assert OPEN.toll(exchange()) is None
    OPEN.settle(exchange())


async def test_a_toll_is_asked_when_the_cache_has_no_answer():
    class Toll(Phase):
        def toll(self, _exchange, /):
            return TunnelsExhausted()

    proxy, client = Proxy(route=route(admission=Toll(None))), Client()
    assert (await proxy.pass_on(client)).error == "too_many_tunnels"
    assert not proxy.upstream.diary


class Phase:
    """Admits or looks up as told; an error that is no decision is a defect."""

    def __init__(self, outcome):
        self.outcome = outcome

    remote = False

    def admit(self, _exchange, /):
        if isinstance(self.outcome, RuntimeError):
            raise self.outcome
        return self.outcome

    def lookup(self, exchange, now, /):
        return self.admit(exchange)

    def toll(self, _exchange, /):
        return None

    def settle(self, _exchange, /): ...


async def test_admission_refuses_before_the_upstream_is_asked():
    proxy, client = Proxy(route=route(admission=Phase(TunnelsExhausted()))), Client()
    seen = await proxy.pass_on(client)
    assert (client.status, seen.error) == (503, "too_many_tunnels")
    assert not proxy.upstream.diary
    assert proxy.route.gauge.in_flight == 0


async def test_admission_lets_pass():
    connection = Connection([response(content_length=0)])
    proxy = Proxy(connection, route=route(admission=Phase(None), cache=Phase(None)))
    assert (await proxy.pass_on(Client())).status == 200


@pytest.mark.parametrize(
    "way",
    [route(admission=Phase(RuntimeError())), route(cache=Phase(RuntimeError()))],
    ids=["admission", "cache"],
)
async def test_a_defect_costs_one_request(way):
    proxy, client = Proxy(route=way), Client()
    seen = await proxy.pass_on(client)
    assert (client.status, seen.error) == (500, "internal_error")
    assert len(proxy.seen.defects) == 1
    assert proxy.route.gauge.in_flight == 0
