"""Bytes both ways, and every way a tunnel ends."""

import pytest

from sidecar.proxy.route import Tunnels
from sidecar.proxy.tunnel import Relay
from tests.server.wire import End, Watch


def relayed(**limits):
    clock = Watch()
    relay = Relay(Tunnels(**limits), clock)
    upstream, client = End(), End()
    relay.to_upstream.connect(upstream)
    relay.to_client.connect(client)
    return relay, clock, upstream, client


async def test_what_one_end_says_the_other_hears():
    relay, _, upstream, client = relayed()
    relay.to_upstream.received(b"up")
    relay.to_client.received(b"down")
    relay.to_client.pause()
    relay.to_client.resume()
    assert upstream.diary == ["received up"]
    assert client.diary == ["received down", "pause", "resume"]
    assert (relay.to_upstream.passed, relay.to_client.passed) == (2, 4)


async def test_what_comes_before_the_other_end_is_there_is_kept():
    relay = Relay(Tunnels(), Watch())
    relay.to_upstream.received(b"a")
    relay.to_upstream.received(b"b")
    relay.to_upstream.pause()
    relay.to_upstream.resume()
    end = End()
    relay.to_upstream.connect(end)
    relay.to_upstream.received(b"c")
    assert end.diary == ["received a", "received b", "received c"]


async def test_half_closed_is_not_closed():
    relay, _, upstream, client = relayed()
    relay.to_upstream.eof()
    assert not relay.done.done()
    relay.to_client.received(b"still")
    assert upstream.diary == ["eof"]
    assert client.diary == ["received still"]
    relay.to_client.eof()
    assert relay.done.done()
    assert (upstream.diary[-1], client.diary[-1]) == ("lost", "lost")


@pytest.mark.parametrize("side", ["to_upstream", "to_client"])
async def test_either_end_ends_both_and_once(side):
    relay, _, upstream, client = relayed()
    getattr(relay, side).lost()
    getattr(relay, side).lost()
    relay.close()
    assert (upstream.diary, client.diary) == (["lost"], ["lost"])


async def test_it_ends_when_nobody_speaks():
    relay, clock, _, client = relayed(idle=10.0)
    clock.time += 9
    relay.to_upstream.received(b"x")
    assert relay.due == clock.time + 10
    relay.expire(clock.now())
    assert client.diary == ["lost"]


async def test_it_ends_however_much_is_said():
    relay, clock, *_ = relayed(idle=10.0, lifetime=25.0)
    ends = clock.time + 25
    clock.time += 20
    relay.to_client.received(b"x")
    assert relay.due == ends
