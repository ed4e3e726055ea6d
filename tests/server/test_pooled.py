from dataclasses import replace

import pytest

from sidecar.policy.readiness import UpstreamState
from sidecar.server import pooled
from sidecar.storage.listing import Shown
from sidecar.telemetry.slow_log import KEEP

ENTRY = Shown("http://a/x", 200, 1.5, 2.5, 900, 7, (), (), private=False)


@pytest.mark.parametrize(
    ("rule", "answers", "workers", "expected"),
    [
        ("all", [{"memory": True}, {"memory": True}], 2, {"memory": True}),
        ("one is silent", [{"memory": True}], 2, {"memory": False}),
        ("nobody there", [], 0, {"memory": True}),
        (
            "a tier that one did not reach",
            [{"memory": True, "redis": True}, {"memory": True, "redis": False}],
            2,
            {"memory": True, "redis": False},
        ),
        (
            "silence says nothing of the other tiers",
            [{"memory": True, "disk": True}],
            2,
            {"memory": False, "disk": True},
        ),
    ],
)
def test_purged(rule, answers, workers, expected):
    by_name = {str(number): answer for number, answer in enumerate(answers)}
    found = pooled.purged(by_name, [str(number) for number in range(workers)])
    assert found == expected, rule


def test_entries_are_the_most_used_of_all():
    hot = replace(ENTRY, hits=9)
    cold = replace(ENTRY, url="http://a/y", hits=1)
    assert pooled.entries({"1": [cold, ENTRY], "2": [hot]}) == [hot, cold]
    many = [replace(ENTRY, url=str(number)) for number in range(500)]
    assert len(pooled.entries({"1": many})) == 100


def test_an_upstream_that_any_worker_reaches():
    sick = UpstreamState("a", contacted=True, healthy=False, detail="refused")
    well = UpstreamState("a", contacted=False, healthy=True)
    other = UpstreamState("b", contacted=True, healthy=True)
    found = pooled.upstreams([(sick,), (well, other)])
    assert found == [UpstreamState("a", contacted=True, healthy=True), other]


def test_the_slowest_of_all():
    class Slow:
        def __init__(self, duration):
            self.duration_ms = duration

    answers = {"1": [Slow(1), Slow(5)], "2": [Slow(number) for number in range(KEEP)]}
    found = pooled.slow(answers)  # type: ignore[arg-type]
    assert len(found) == KEEP
    assert [one.duration_ms for one in found[:2]] == [KEEP - 1, KEEP - 2]
