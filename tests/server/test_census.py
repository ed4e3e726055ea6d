"""How many connections an address has with other workers."""

import random

from sidecar.server.census import Census


def test_those_of_others():
    census = Census(3)
    for slot, address in ((0, "a"), (1, "a"), (1, "a"), (2, "a"), (2, "b")):
        census.move(slot, address, 1)
    assert [census.elsewhere(slot, "a") for slot in range(3)] == [3, 2, 3]
    census.move(1, "a", -1)
    assert census.elsewhere(0, "a") == 2
    assert census.elsewhere(2, "b") == 0


def test_what_a_worker_left_is_forgotten():
    census = Census(2)
    census.move(1, "a", 1)
    census.move(0, "a", 1)
    census.empty(1)
    assert census.elsewhere(0, "a") == 0
    assert census.elsewhere(1, "a") == 1


def test_it_never_falls_below_none():
    census = Census(2)
    census.move(1, "a", -1)
    census.move(1, "a", 1)
    assert census.elsewhere(0, "a") == 1


def test_never_too_low_and_seldom_too_high():
    chance = random.Random(1)
    census = Census(2)
    counts = {f"192.0.{i // 256}.{i % 256}": chance.randint(1, 5) for i in range(2000)}
    for address, count in counts.items():
        for _ in range(count):
            census.move(1, address, 1)
    seen = {address: census.elsewhere(0, address) for address in counts}
    assert all(seen[address] >= count for address, count in counts.items())
    wrong = sum(seen[address] != count for address, count in counts.items())
    assert wrong <= 20
