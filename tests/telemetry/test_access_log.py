"""Which requests get a line."""

import pytest

from sidecar.telemetry.access_log import AccessLog
from tests.telemetry.exchanges import Diary, finished, lasting


def logged(exchange, *, sample, chance):
    diary = Diary()
    log = AccessLog(
        lambda finished, now: b"%d at %d\n" % (finished.status, now),
        diary,
        sample=sample,
        slow={"products": 1.0},
        chance=lambda: chance,
        clock=lambda: 7.0,
    )
    log.observe(exchange)
    return diary.lines


@pytest.mark.parametrize(
    ("rule", "exchange", "sample", "chance", "is_logged"),
    [
        ("all of them", finished(), 1.0, 0.999, True),
        ("chance is for it", finished(), 0.1, 0.099, True),
        ("chance is against it", finished(), 0.1, 0.1, False),
        ("none of the good ones", finished(), 0.0, 0.0, False),
        ("a redirect is good", finished(status=304), 0.0, 0.0, False),
        ("a client's error", finished(status=404), 0.0, 0.9, True),
        ("a server's error", finished(status=502), 0.0, 0.9, True),
        ("an upgrade", finished(status=101), 0.0, 0.9, True),
        ("cut after its head", finished(error="upstream_stalled"), 0.0, 0.9, True),
        ("slow", lasting(1.0), 0.0, 0.9, True),
        ("not that slow", lasting(0.99), 0.0, 0.9, False),
        ("slow where nothing is", lasting(9, route="x"), 0.0, 0.9, False),
    ],
)
def test_sample(rule, exchange, sample, chance, is_logged):
    lines = logged(exchange, sample=sample, chance=chance)
    assert lines == ([b"%d at 7\n" % exchange.status] if is_logged else [])
