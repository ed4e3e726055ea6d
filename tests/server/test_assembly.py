"""What the file says, and what serves it."""

import pytest

from sidecar.config.load import load
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.pressure import Pressure
from sidecar.proxy.clock import Clock
from sidecar.proxy.route import Tunnels
from sidecar.server import assembly
from sidecar.server.connections import Bounds
from sidecar.server.protection import Protection
from sidecar.server.renderings import Shop
from sidecar.telemetry.metrics import Metrics
from tests.proxy.script import request
from tests.server.unheard import unheard

FILE = """
limits: {head: 20KiB, field: 10KiB, fields: 50, target: 4KiB, body: 1MiB, connections: 7, connections_per_ip: 3}
trusted_proxies: [10.0.0.0/8]
upstreams:
  default: {url: "http://127.0.0.1:3000", connections: 9, keepalive: 3s, max_wait: 4s}
  named: {url: ["http://127.0.0.1:3001", "http://127.0.0.1:3002"], balance: round_robin, host: upstream}
  fixed: {url: "unix:/run/app.sock", host: app.internal}
defaults:
  timeouts: {client_head: 1s, client_idle: 2s, write: 3s, request: 4s, connect: 5s, between_bytes: 6s, client_body: 7s}
routes:
  - name: one
    match: {path: "/one/**", methods: [GET], headers: {X-Kind: a}}
    upstream: named
    upgrade: off
    timeouts: {request: 40s, write: 30s}
    headers: {request: {set: {X-Ours: "1"}, remove: [X-Theirs]}, response: {remove: [Server]}}
  - name: two
    match: {host: two.example}
    upstream: fixed
    upgrade: {protocols: [WebSocket, foo], idle: 8s, lifetime: 9s, connections: 5, origins: ["https://ours"]}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "sidecar.yaml").write_text(FILE)
    return load(tmp_path / "sidecar.yaml", environ={}).config


@pytest.fixture
async def upstreams(config):
    made = assembly.upstreams(config, Deadlines())
    yield made
    for one in made.values():
        await one.close()


@pytest.fixture
def site(config, upstreams):
    protection, shop = (
        Protection(unheard(), Clock(), Deadlines()),
        Shop(Pressure()),
    )
    guards = protection.plan(config).guards
    return assembly.site(config, upstreams, Metrics(), b"sidecar-1", guards, shop)


def test_limits(config):
    limits = assembly.limits(config.limits)
    assert (limits.head, limits.field, limits.target) == (20_480, 10_240, 4_096)
    assert (limits.fields, limits.body) == (50, 1_048_576)


def test_connections(config):
    assert assembly.connection_bounds(config.limits) == Bounds(7, 7, 3)
    auto = config.limits.model_copy(update={"connections": "auto"})
    bounds = assembly.connection_bounds(auto)
    assert bounds.here >= 16
    assert (bounds.everywhere, bounds.per_address) == (None, 3)


def test_what_a_client_may_take_before_its_route_is_known(config):
    timeouts = assembly.client_timeouts(config)
    assert (timeouts.head, timeouts.idle, timeouts.write) == (1.0, 2.0, 3.0)


def test_upstreams(upstreams):
    assert {name: len(one.endpoints) for name, one in upstreams.items()} == {
        "default": 1,
        "named": 2,
        "fixed": 1,
    }
    assert [one.name for one in upstreams.values()] == list(upstreams)


def test_routes_are_those_of_the_file_and_the_default(site):
    assert [route.name for route in site.routes] == ["one", "two", "default"]
    assert [route.upstream.name for route in site.routes] == [
        "named",
        "fixed",
        "default",
    ]


@pytest.mark.parametrize(
    ("rule", "asked", "name"),
    [
        ("all fits", request(b"GET", b"/one/x", values={b"x-kind": b"a"}), "one"),
        ("another method", request(b"POST", b"/one/x", values={b"x-kind": b"a"}), None),
        ("another value", request(b"GET", b"/one/x", values={b"x-kind": b"b"}), None),
        ("another path", request(b"GET", b"/x", values={b"x-kind": b"a"}), None),
    ],
)
def test_requests_find_their_route(site, rule, asked, name):
    index = site.router.match(asked)
    found = site.routes[-1 if index is None else index].name
    assert found == (name or "default")


def test_what_a_route_says_wins_and_the_rest_is_the_default(site):
    one, two, _ = site.routes
    assert (one.timeouts.request, two.timeouts.request) == (40.0, 4.0)
    assert (one.timeouts.write, one.timeouts.connect) == (30.0, 5.0)
    assert (one.timeouts.between_bytes, one.timeouts.client_body) == (6.0, 7.0)


def test_the_wait_for_a_slot_is_the_upstreams(site):
    assert [route.timeouts.slot for route in site.routes] == [None, None, 4.0]


def test_the_host_that_the_upstream_sees(site):
    assert [route.host for route in site.routes] == [b"", b"app.internal", None]


def test_edits(site):
    edits = site.routes[0].request_edits
    assert [(name.lower(), value) for name, value in edits.fields] == [
        (b"x-ours", b"1")
    ]
    assert edits.names == {b"x-ours", b"x-theirs"}
    assert site.routes[0].response_edits.names == {b"server"}


def test_upgrades(site):
    off, on, default = (route.tunnels for route in site.routes)
    assert not off.protocols
    assert on.protocols == {b"websocket", b"foo"}
    assert (on.idle, on.lifetime, on.limit) == (8.0, 9.0, 5)
    assert on.origins == {b"https://ours"}
    assert default.protocols == Tunnels().protocols


def test_each_route_counts_for_itself(site):
    gauges = [route.gauge for route in site.routes]
    gauges[0].in_flight += 1
    assert [gauge.in_flight for gauge in gauges] == [1, 0, 0]


def test_who_is_trusted(site):
    assert "10.1.2.3" in site.trusted
    assert "192.0.2.1" not in site.trusted


def test_no_two_instances_take_each_other_for_themselves(site):
    assert site.pseudonym == b"sidecar-1"
    assert assembly.pseudonym().startswith(b"sidecar-")
    assert assembly.pseudonym() != assembly.pseudonym()


async def test_upstreams_that_nothing_changed_for_go_on(config, upstreams):
    again = assembly.upstreams(config, Deadlines(), upstreams)
    for name, one in again.items():
        tls = any(address.tls for address in one.settings.addresses)
        assert (one is upstreams[name]) is not tls
        if one is not upstreams[name]:
            await one.close()


async def test_upstreams_that_something_changed_for_are_made_anew(config, upstreams):
    sections = {
        name: section.model_copy(update={"connections": section.connections + 1})
        for name, section in config.upstreams.items()
    }
    changed = config.model_copy(update={"upstreams": sections})
    again = assembly.upstreams(changed, Deadlines(), upstreams)
    assert not set(map(id, again.values())) & set(map(id, upstreams.values()))
    for one in again.values():
        await one.close()


async def test_workers_share_what_the_file_allows(config):
    alone = assembly.upstreams(config, Deadlines())
    three = assembly.upstreams(config, Deadlines(), workers=3)
    for name, one in alone.items():
        allowed = one.settings.connections
        assert three[name].settings.connections == max(1, allowed // 3)
        await one.close()
        await three[name].close()
