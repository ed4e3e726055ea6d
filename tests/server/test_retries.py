"""What routes repeat, by the file."""

from sidecar.policy.failure import Failure
from sidecar.policy.retry import Reason
from sidecar.server.kept import Kept
from sidecar.server.retries import retrying
from sidecar.units import Instant
from tests.proxy.script import request
from tests.server.configured import configured, named
from tests.server.unheard import unheard

FILE = """
routes:
  - {name: usual, match: {path: /a}}
  - {name: more, match: {path: /b}, retry: {attempts: 4, on: [timeout], statuses: [503], backoff: 1s}}
  - {name: never, match: {path: /c}, retry: off}
  - {name: late, match: {path: /d}, hedge: {after: 50ms}}
  - {name: later, match: {path: /e}, hedge: {after: p50, budget: 100%}}
"""


def made(kept=None, **more):
    signs = unheard()
    routes = named(configured(FILE))
    kept = Kept() if kept is None else kept
    found = {
        name: retrying(route, kept, signs, **more) for name, route in routes.items()
    }
    return found, signs.metrics


def test_the_usual():
    found, _ = made()
    usual = found["usual"].retry
    assert (usual.attempts, usual.backoff) == (2, 0.025)
    assert usual.on == {Failure.CONNECT, Failure.RESET}
    assert found["usual"].hedge is None


def test_what_a_route_says():
    found, _ = made()
    more = found["more"].retry
    assert (more.attempts, more.backoff, more.statuses) == (4, 1.0, {503})
    assert more.on == {Failure.TIMEOUT}
    assert found["never"].retry.attempts == 1


def test_routes_of_one_upstream_have_one_budget():
    found, _ = made()
    assert found["usual"].budget is found["more"].budget
    assert found["usual"].budget is not found["never"].budget


def test_workers_share_what_is_free():
    found, _ = made(workers=4)
    budget = found["usual"].budget
    assert sum(budget.withdraw(Instant(100.0)) for _ in range(50)) == 2


def test_hedges():
    found, _ = made()
    late, later = found["late"].hedge, found["later"].hedge
    assert late.delay(request()) == 0.05
    assert later.delay(request()) is None
    for n in range(100):
        later.answered(0.2, Instant(n * 0.1))
    assert 0.15 < later.delay(request()) < 0.25


def test_what_was_learnt_outlives_a_reload():
    kept = Kept()
    before, after = made(kept)[0], made(kept.successor())[0]
    assert before["late"].hedge is after["late"].hedge
    assert before["usual"].budget is after["usual"].budget


def test_tries_are_counted():
    found, metrics = made()
    found["usual"].count(Reason.RESET)
    assert metrics.upstreams["default"].retries.counts == {"reset": 1}
