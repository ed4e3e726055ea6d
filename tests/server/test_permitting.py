"""Which routes share breakers and places, and what of it one worker gets."""

import json

import pytest

from sidecar.config.policies import breaker_name
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.pressure import Pressure
from sidecar.policy.queueing import Priority
from sidecar.proxy.circuits import Circuits
from sidecar.proxy.clock import Clock
from sidecar.proxy.unbroken import UNBROKEN, Watching
from sidecar.proxy.unguarded import UNGUARDED
from sidecar.server.kept import Kept
from sidecar.server.permitting import Permitting
from sidecar.telemetry.metrics import Tally
from tests.server.configured import configured, named

FILE = """
upstreams:
  default: {url: "http://a"}
  other: {url: "http://b", concurrency: {max: 30}}
defaults:
  concurrency: {max: 50}
  breaker: {slow_call: {duration: 5s, rate: 80%}}
routes:
  - {name: one, match: {path: /one}}
  - {name: two, match: {path: /two}, priority: high}
  - {name: own, match: {path: /own}, breaker: {probes: 1}, concurrency: {max: 4, adaptive: true, queue: off}}
  - {name: other, match: {path: /other}, upstream: other, breaker: {probes: 1}}
  - {name: there, match: {path: /there}, upstream: other}
  - {name: watched, match: {path: /w}, breaker: {mode: observe}, concurrency: {max: 1, mode: observe}}
  - {name: bare, match: {path: /bare}, breaker: off, concurrency: off}
  - {name: half, match: {path: /half}, breaker: off}
"""


@pytest.fixture
def permits():
    config = configured(FILE)

    class Watcher:
        def changed(self, *_): ...

    clock = Clock()
    circuits = Circuits(clock=clock.now, chance=lambda: 0.0, watcher=Watcher())
    wiring = circuits.wiring()
    made = Permitting(wiring, Pressure(), Deadlines(), clock, Kept(), workers=4)
    return {
        name: made.permits(config, route, Tally())
        for name, route in named(config).items()
    }


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("one", "default"),
        ("two", "default"),
        ("own", "own"),
        ("other", "other.route"),
        ("there", "other"),
    ],
)
def test_the_name_of_a_breaker(route, name):
    config = configured(FILE)
    assert breaker_name(config, named(config)[route]) == name


@pytest.mark.parametrize("other", ["an upstream", "a route"])
def test_breakers_of_any_names_are_apart(other):
    """One is called as another's would be."""
    upstreams = ["x", "x.route" if other == "an upstream" else "y"]
    routes = ["x", *(["x.route", "x.route.route"] if other == "a route" else ["own"])]
    told = [
        *((name, "x", {"probes": n}) for n, name in enumerate(routes, 4)),
        *((f"to-{name}", name, {}) for name in upstreams),
    ]
    file = {
        "upstreams": {
            name: {"url": f"http://{name}:1"} for name in ("default", *upstreams)
        },
        "routes": [
            {
                "name": name,
                "match": {"path": f"/{name}"},
                "upstream": to,
                "breaker": own,
            }
            for name, to, own in told
        ],
    }
    config = configured(json.dumps(file))
    found = named(config)
    names = [breaker_name(config, found[name]) for name, _, _ in told]
    assert len({*names}) == len(names)
    assert names[0] == "x:route"


def test_who_says_nothing_shares(permits):
    assert permits["one"].breaker is permits["two"].breaker
    assert permits["one"].places[0] is permits["two"].places[0]
    assert permits["one"].breaker is not permits["there"].breaker
    assert permits["one"].places[0] is not permits["there"].places[0]


def test_who_says_something_has_their_own(permits):
    assert permits["own"].breaker is not permits["one"].breaker
    assert permits["own"].places[0] is not permits["one"].places[0]


def test_an_upstream_may_have_a_limit_for_all(permits):
    (_, whole), (_, same) = permits["other"].places, permits["there"].places
    assert whole is same
    assert len(permits["one"].places) == 1


def test_each_worker_has_its_part(permits):
    assert permits["one"].places[0].limit == 13
    assert permits["other"].places[1].limit == 8


def test_what_is_only_watched(permits):
    assert isinstance(permits["watched"].breaker, Watching)
    assert permits["watched"].places[0].take().name == "YES"
    assert permits["watched"].places[0].take().name == "OBSERVED"


def test_what_is_off(permits):
    assert permits["bare"] is UNGUARDED
    assert permits["half"].breaker is UNBROKEN


def test_priorities(permits):
    assert permits["two"].priority is Priority.HIGH
    assert permits["one"].priority is Priority.NORMAL
