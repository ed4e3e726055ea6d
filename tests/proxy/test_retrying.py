"""Good answers pay for what may be tried again."""

from sidecar.policy.budget import Budget
from sidecar.policy.hedge import Hedge
from sidecar.policy.pressure import LAG, GivenUp, Level, Pressure
from sidecar.policy.retry import Reason
from sidecar.proxy.retrying import NEVER_AGAIN, Retrying
from sidecar.units import Instant
from tests.proxy.script import request


def test_only_good_answers_pay():
    retrying = Retrying(budget=Budget(1.0, free=0.0))
    retrying.answered(500, 0.1, Instant(0))
    assert not retrying.budget.withdraw(Instant(0))
    retrying.answered(404, 0.1, Instant(0))
    assert retrying.budget.withdraw(Instant(0))


def test_a_hedge_learns_too():
    hedge = Hedge(1.0, after=0.5)
    retrying = Retrying(hedge=hedge)
    for n in range(100):
        retrying.answered(200, 0.1, Instant(n))
    assert hedge.delay(request()) is not None
    assert retrying.may_hedge(Instant(100))


def test_under_pressure_nothing_is_asked_for_twice():
    hedge, pressure = Hedge(1.0, fixed=0.1), Pressure()
    retrying = Retrying(budget=Budget(1.0), hedge=hedge, pressure=pressure)
    for _ in range(5):
        retrying.answered(200, 0.1, Instant(0))
    assert retrying.may_repeat(Instant(0))
    assert retrying.may_hedge(Instant(0))
    pressure.feel(LAG[Level.EXTRAS])
    assert not retrying.may_repeat(Instant(0))
    assert not retrying.may_hedge(Instant(0))
    assert pressure.given_up[GivenUp.RETRY] == pressure.given_up[GivenUp.HEDGE] == 1
    pressure.feel(0.0)
    assert retrying.may_repeat(Instant(0))
    assert retrying.may_hedge(Instant(0))


def test_nothing_is_repeated():
    NEVER_AGAIN.answered(200, 0.1, Instant(0))
    NEVER_AGAIN.count(Reason.STALE)
    assert not NEVER_AGAIN.may_repeat(Instant(0))
    assert not NEVER_AGAIN.may_hedge(Instant(0))
