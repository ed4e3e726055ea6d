"""What a route gets, and what goes on after a reload."""

import pytest

from sidecar.policy.circuit import State
from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.clock import Clock
from sidecar.proxy.fallback import NO_FALLBACK
from sidecar.proxy.permits import Guarded
from sidecar.proxy.places import Places
from sidecar.server.protection import Protection
from tests.server.configured import configured
from tests.server.unheard import unheard

FILE = """
routes:
  - {name: usual, match: {path: /a}}
  - name: careful
    match: {path: /b}
    rate_limit: {rate: 1/s}
    concurrency: {max: 4}
    breaker: {fallback: {status: 203, content_type: text/plain, body: "é"}}
"""


class Scene:
    def __init__(self):
        self.signs = unheard()
        self.clock = Clock()
        self.protection = Protection(self.signs, self.clock, Deadlines())

    def plan(self, text):
        return self.protection.plan(configured(text))

    def guards(self, text=FILE):
        plan = self.plan(text)
        self.protection.use(plan)
        routes = configured(text).routes
        return dict(zip((one.name for one in routes), plan.guards, strict=True))


def test_each_route_is_guarded():
    guards = Scene().guards()
    assert set(guards) == {"usual", "careful", "default"}
    assert guards["usual"].fallback is NO_FALLBACK
    answer = guards["careful"].fallback.answer(b"GET")
    assert (answer.status, answer.content) == (203, "é".encode())


def test_what_was_learnt_outlives_a_reload():
    scene = Scene()
    before, after = scene.guards()["careful"].permits, scene.guards()["careful"].permits
    assert isinstance(before, Guarded)
    assert isinstance(after, Guarded)
    assert before.breaker is after.breaker
    assert before.places == after.places


def test_other_settings_are_another_start():
    scene = Scene()
    before = scene.guards()["careful"].permits
    after = scene.guards(FILE.replace("max: 4", "max: 5"))["careful"].permits
    assert isinstance(before, Guarded)
    assert isinstance(after, Guarded)
    assert before.places != after.places


def test_breakers_that_no_route_has_are_forgotten():
    scene = Scene()
    scene.guards()
    assert {name for name, _ in scene.protection.circuits} == {"default", "careful"}
    scene.guards("")
    assert {name for name, _ in scene.protection.circuits} == {"default"}


@pytest.mark.parametrize("text", ["", FILE.replace("fallback", "probes: 7, fallback")])
def test_what_is_only_planned_changes_nothing(text):
    scene = Scene()
    before = scene.guards()["careful"].permits
    breakers = list(scene.protection.circuits)
    seen = set(scene.signs.metrics.breakers)
    scene.protection.circuits.force("careful", State.OPEN)
    scene.plan(text)
    assert list(scene.protection.circuits) == breakers
    assert set(scene.signs.metrics.breakers) == seen
    after = scene.guards()["careful"].permits
    assert before.breaker is after.breaker
    assert before.places == after.places


def test_a_breaker_that_is_gone_is_shown_closed():
    scene = Scene()
    scene.guards()
    scene.protection.circuits.force("careful", State.OPEN)
    scene.guards("")
    assert scene.signs.metrics.breakers["careful"].state == 0


def test_breakers_are_seen_before_they_change_and_after():
    scene = Scene()
    scene.guards()
    assert scene.signs.metrics.breakers["default"].state == 0
    scene.protection.circuits.force("default", State.OPEN)
    seen = scene.signs.metrics.breakers["default"]
    assert (seen.state, seen.transitions) == (2, {("open", "manual"): 1})


def test_all_that_gives_way_looks_at_one_pressure():
    scene = Scene()
    scene.signs.pressure.feel(10.0)
    careful = scene.guards()["careful"]
    assert isinstance(careful.permits, Guarded)
    (places,) = careful.permits.places
    assert isinstance(places, Places)
    assert places.limit == 1
    assert not careful.retrying.may_repeat(scene.clock.now())
