"""Of which bodies the coded form is kept: one row per rule, and what is seen again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.remembering import Sightings, may_remember


@pytest.mark.parametrize(
    ("rule", "request_said", "response_said", "expected"),
    [
        ("nothing said", {}, {}, True),
        ("for one user", {}, {b"cache-control": b"private"}, True),
        ("not without asking", {}, {b"cache-control": b"no-cache, max-age=0"}, True),
        ("no part of it", {}, {b"cache-control": b"private, No-Store"}, False),
        ("nor as a client wants", {b"cache-control": b"no-store"}, {}, False),
        ("who only wants it new", {b"cache-control": b"no-cache"}, {}, True),
        ("said to us", {}, {b"sidecar-cache-control": b"no-store"}, False),
        ("said to caches like us", {}, {b"cdn-cache-control": b"no-store"}, False),
        (
            "said to the client's alone",
            {},
            {b"cdn-cache-control": b"private", b"cache-control": b"no-store"},
            False,
        ),
        ("said to us otherwise", {}, {b"cdn-cache-control": b"max-age=9"}, True),
        ("unclear", {}, {b"cache-control": b'private="x'}, False),
    ],
)
def test_may_remember(rule, request_said, response_said, expected):
    assert may_remember(request_said, response_said) is expected, rule


def test_the_second_time_is_again():
    seen = Sightings()
    assert [seen.again(b"a"), seen.again(b"b"), seen.again(b"a")] == [
        False,
        False,
        True,
    ]


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=60), st.integers(0, 4))
def test_what_was_not_seen_is_never_again(names, places):
    seen, before = Sightings(1 << places), set()
    for name in names:
        if seen.again(name):
            assert name in before
        before.add(name)
        assert seen.again(name)


def test_it_forgets():
    seen = Sightings(64)
    names = [b"%d" % number for number in range(1000)]
    assert not any(map(seen.again, names))
    # There is room for 64; who is looked for takes the place of another.
    assert sum(map(seen.again, names)) <= 64


def test_most_are_remembered_while_few_come_between():
    seen = Sightings(4096)
    names = [b"%d" % number for number in range(400)]
    assert sum(map(seen.again, names)) == 0
    assert sum(map(seen.again, names)) > 200
