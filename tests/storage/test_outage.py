import pytest

from sidecar.storage.outage import FAILURES, PAUSE, Outage
from sidecar.units import Instant


def failing(outage, count, now=0.0, jitter=0.5):
    return [outage.failed(Instant(now), jitter) for _ in range(count)]


def test_some_in_a_row():
    outage = Outage()
    assert failing(outage, FAILURES - 1) == [False] * (FAILURES - 1)
    assert not outage.is_out
    outage.worked()
    assert failing(outage, FAILURES) == [False] * (FAILURES - 1) + [True]
    assert outage.is_out
    assert outage.probe_at == PAUSE


def test_a_failed_probe_prolongs_it():
    outage = Outage()
    failing(outage, FAILURES)
    assert failing(outage, 1, now=5.0) == [False]
    assert outage.probe_at == 5.0 + PAUSE
    assert outage.count == 1


def test_a_probe_that_works_ends_it():
    outage = Outage()
    failing(outage, FAILURES)
    assert outage.is_doubtful
    outage.worked()
    assert not outage.is_out
    assert not outage.is_doubtful
    assert failing(outage, FAILURES)[-1]
    assert outage.count == 2


@pytest.mark.parametrize(("jitter", "pause"), [(0.0, 0.75), (1.0, 1.25)])
def test_not_all_at_once(jitter, pause):
    outage = Outage()
    failing(outage, FAILURES, jitter=jitter)
    assert outage.probe_at == pytest.approx(pause * PAUSE)
