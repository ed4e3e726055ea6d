"""What is asked for stays; the rest makes room."""

from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.recent import Recent


def test_what_was_put_is_found():
    recent: Recent[str, int] = Recent(10)
    recent.put("a", 1)
    assert (recent.get("a"), recent.get("b")) == (1, None)
    recent.clear()
    assert (recent.get("a"), len(recent)) == (None, 0)


def test_what_is_asked_for_stays():
    recent: Recent[str | int, int] = Recent(100)
    recent.put("mine", 1)
    for number in range(10_000):
        recent.put(number, number)
        if number % 20 == 0:
            assert recent.get("mine") == 1
        assert len(recent) <= 100


@given(
    st.integers(0, 20),
    st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=200),
)
def test_it_is_bounded_and_never_wrong(most, steps):
    recent: Recent[int, int] = Recent(most)
    for is_put, key in steps:
        if is_put:
            recent.put(key, key)
        assert recent.get(key) in (None, key)
        assert len(recent) <= max(most, 2)
