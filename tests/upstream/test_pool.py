from dataclasses import dataclass, field

import pytest

from sidecar.units import NEVER, Instant
from sidecar.upstream.pool import Line, Pool

NOW = Instant(10.0)


@dataclass(eq=False)
class One:
    """A connection that only knows what a pool asks of it."""

    pool: Pool
    name: str = ""
    due: Instant = NEVER
    address: object = "here"
    closed: bool = field(default=False, init=False)

    def close(self) -> None:
        self.closed = True
        self.pool.left(self)

    def give_back(self) -> None:
        self.pool.put(self)


@dataclass(eq=False)
class Claim:
    gone: bool = False
    given: list[object] = field(default_factory=list)

    def offer(self, pool: Pool, connection: object) -> bool:
        if not self.gone:
            self.given.append(connection)
        return not self.gone


@pytest.fixture
def line() -> Line:
    return Line()


def opened(pool: Pool, *names: str) -> list[One]:
    for _ in names:
        pool.reserve()
        pool.opened()
    return [One(pool, name) for name in names]


def test_what_was_used_last_is_taken_first(line):
    pool = Pool(9, line)
    a, b, c = opened(pool, "a", "b", "c")
    for one in (b, a, c):
        pool.put(one)
    assert [pool.take(NOW) for _ in range(4)] == [c, a, b, None]
    assert (pool.idle, pool.active) == (0, 3)


def test_what_is_due_is_closed_and_not_taken(line):
    pool = Pool(9, line)
    a, b = opened(pool, "a", "b")
    b.due = NOW
    for one in (a, b):
        pool.put(one)
    assert pool.take(NOW) is a
    assert b.closed
    assert (pool.idle, pool.active) == (0, 1)


def test_there_is_room_up_to_the_limit(line):
    pool = Pool(2, line)
    pool.reserve()
    assert pool.has_room
    pool.reserve()
    assert not pool.has_room
    pool.abandoned()
    assert pool.has_room


def test_an_idle_connection_makes_room_the_oldest_first(line):
    pool = Pool(2, line)
    a, b = opened(pool, "a", "b")
    pool.put(a)
    pool.put(b)
    pool.reserve()
    assert (a.closed, b.closed) == (True, False)
    assert (pool.idle, pool.active, pool.opening) == (1, 0, 1)


def test_the_first_in_line_gets_what_is_given_back(line):
    pool = Pool(1, line)
    (a,) = opened(pool, "a")
    gone, first, second = Claim(gone=True), Claim(), Claim()
    for claim in (gone, first, second):
        line.join(claim)
    pool.put(a)
    assert (first.given, second.given) == ([a], [])
    assert (pool.idle, pool.active) == (0, 1)
    assert len(line) == 1


def test_the_first_in_line_gets_the_slot_of_what_is_closed(line):
    pool = Pool(1, line)
    (a,) = opened(pool, "a")
    claim = Claim()
    line.join(claim)
    a.close()
    assert claim.given == [None]
    assert (pool.active, pool.opening) == (0, 1)


def test_a_slot_that_nobody_wants_any_more_is_free(line):
    pool = Pool(1, line)
    (a,) = opened(pool, "a")
    line.join(Claim(gone=True))
    a.close()
    assert (pool.active, pool.opening) == (0, 0)


def test_a_slot_may_be_kept_while_its_connection_is_exchanged(line):
    pool = Pool(1, line)
    (a,) = opened(pool, "a")
    first, second = Claim(), Claim()
    line.join(first)
    line.join(second)
    pool.put(a)
    pool.exchange(a)
    assert a.closed
    assert second.given == []
    assert (pool.active, pool.opening) == (0, 1)


def test_connections_to_former_addresses_are_closed(line):
    pool = Pool(9, line)
    a, b = opened(pool, "a", "b")
    b.address = "there"
    pool.put(a)
    pool.put(b)
    pool.retire(frozenset({"there", "elsewhere"}))
    assert (a.closed, b.closed) == (True, False)


def test_a_closed_pool_keeps_nothing(line):
    pool = Pool(9, line)
    a, b = opened(pool, "a", "b")
    pool.put(a)
    pool.close()
    pool.put(b)
    assert a.closed
    assert b.closed
    assert (pool.idle, pool.active) == (0, 0)
