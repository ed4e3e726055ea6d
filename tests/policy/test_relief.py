import pytest

from sidecar.policy.relief import Relief, relief


@pytest.mark.parametrize(
    ("rule", "share", "before", "expected"),
    [
        ("there is room", 0.5, Relief.NONE, Relief.NONE),
        ("just below the first mark", 0.879, Relief.NONE, Relief.NONE),
        ("at a mark", 0.88, Relief.NONE, Relief.EVICT),
        ("at the second", 0.92, Relief.EVICT, Relief.NOTHING_NEW),
        ("at the third", 0.95, Relief.NOTHING_NEW, Relief.REPLACE),
        ("at the last", 0.98, Relief.REPLACE, Relief.REFUSE),
        ("several at once", 0.99, Relief.NONE, Relief.REFUSE),
        ("far beyond", 3.0, Relief.NONE, Relief.REFUSE),
        ("a little below its mark it stays", 0.94, Relief.REPLACE, Relief.REPLACE),
        ("well below its mark it ends", 0.92, Relief.REPLACE, Relief.NOTHING_NEW),
        ("the last stays, too", 0.965, Relief.REFUSE, Relief.REFUSE),
        ("back to nothing at once", 0.5, Relief.REFUSE, Relief.NONE),
    ],
)
def test_relief(rule, share, before, expected):
    assert relief(share, before) is expected, rule


@pytest.mark.parametrize("before", Relief)
def test_more_memory_never_means_less_relief(before):
    steps = [relief(share / 1000, before) for share in range(1200)]
    assert steps == sorted(steps)
