"""When each limit of a route is asked, and what of it holds without the store."""

import pytest

from sidecar.config.schema_protection import RateLimit
from sidecar.policy.quotas import Quota
from sidecar.policy.rate_limit import Limit
from sidecar.server.stages import arrival, lost, miss


def limits(*written):
    made = []
    for index, one in enumerate(written):
        section = RateLimit.model_validate({"rate": "1/s", **one})
        made.append((section, Quota(Limit.of(f"n{index}", 1, 1.0))))
    return made


def names(quotas):
    return [quota.limit.name for quota in quotas]


ALL = limits(
    {},
    {"cost": "miss"},
    {"cost": "time"},
    {"mode": "observe"},
    {"mode": "observe", "cost": "miss"},
    {"mode": "observe", "cost": "time"},
)


def test_each_limit_is_asked_once():
    first, second = arrival(ALL), miss(ALL)
    assert names(first.enforced) == ["n0"]
    assert names(first.debts) == ["n2"]
    assert names(first.observed) == ["n3", "n5"]
    assert (names(second.enforced), names(second.observed)) == (["n1"], ["n4"])


LOCAL, OPEN, CLOSED = (
    {"on_store_failure": word} for word in ("local", "open", "closed")
)


@pytest.mark.parametrize(
    ("rule", "written", "closed", "local"),
    [
        ("as it is by default", [{}, {}], None, ["n0", "n1"]),
        ("each as it says", [OPEN, LOCAL, {**LOCAL, "cost": "time"}], None, "n1 n2"),
        ("one that is closed refuses", [LOCAL, CLOSED], "n1", ["n0"]),
        ("not where it only watches", [{**CLOSED, "mode": "observe"}, OPEN], None, ""),
        ("nor where it counts misses here", [{**CLOSED, "cost": "miss"}], None, ""),
    ],
)
def test_what_holds_without_the_store(rule, written, closed, local):
    found = lost(limits(*written))
    assert found.closed == closed
    wanted = local.split() if isinstance(local, str) else local
    assert names((*found.local.enforced, *found.local.debts)) == wanted
    assert not found.local.observed
