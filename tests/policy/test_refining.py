import pytest

from sidecar.policy.pressure import Level
from sidecar.policy.refining import OFTEN, Waiting, is_time, is_worth


@pytest.mark.parametrize(
    ("rule", "left", "validates", "expected"),
    [
        ("there for a while", 60.0, False, True),
        ("gone soon", 5.0, False, False),
        ("found unchanged soon", 5.0, True, True),
        ("stale, and nothing to ask by", -1.0, False, False),
    ],
)
def test_is_worth(rule, left, validates, expected):
    assert is_worth(left, validates=validates) is expected, rule


def test_only_without_any_pressure():
    assert [level for level in Level if is_time(level)] == [Level.NONE]


def test_how_often_is_a_power_of_two():
    assert OFTEN & (OFTEN - 1) == 0


def test_the_most_used_first():
    waiting: Waiting[bytes] = Waiting()
    for name, hits in ((b"a", 64), (b"b", 192), (b"c", 128), (b"a", 256)):
        waiting.note(name, hits)
    assert [waiting.take() for _ in range(len(waiting))] == [b"a", b"b", b"c"]
    assert not waiting
    with pytest.raises(ValueError, match="empty"):
        waiting.take()


def test_where_there_is_no_room_the_least_used_goes():
    waiting: Waiting[bytes] = Waiting(most=2)
    for name, hits in ((b"a", 64), (b"b", 128), (b"less", 64), (b"more", 192)):
        waiting.note(name, hits)
    assert [waiting.take(), waiting.take()] == [b"more", b"b"]
    assert not waiting
