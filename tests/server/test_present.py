"""Requests of a user that other workers have."""

from sidecar.proxy.per_user import PerUser
from sidecar.server.census import Census
from sidecar.server.present import Present


def workers(count, census, route=b"r", most=2):
    return [
        PerUser(most, elsewhere=Present(census, slot, route)) for slot in range(count)
    ]


def test_together_they_let_in_what_one_may():
    one, other = workers(2, Census(2))
    assert [one.enter(b"a"), other.enter(b"a"), one.enter(b"a")] == [True, True, False]
    assert other.enter(b"b")
    other.leave(b"a")
    assert [other.enter(b"a"), one.enter(b"a")] == [True, False]


def test_each_route_counts_for_itself():
    census = Census(2)
    (one, _), (_, other) = workers(2, census), workers(2, census, b"other")
    assert [one.enter(b"a"), one.enter(b"a"), other.enter(b"a")] == [True] * 3


def test_what_a_worker_had_that_died_does_not_count():
    census = Census(2)
    one, dead = workers(2, census)
    assert [dead.enter(b"a"), dead.enter(b"a"), one.enter(b"a")] == [True, True, False]
    census.empty(1)
    assert one.enter(b"a")
