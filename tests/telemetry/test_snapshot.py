"""Rows: read without holding up the loop, and the same on the other side."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.families import DURATION, FAMILIES, IN_FLIGHT
from sidecar.telemetry.family import Kind
from sidecar.telemetry.snapshot import BATCH, add, batches, decode, encode, taken

NUMBERS = st.integers(0, 2**53) | st.floats(0, 1e12)


@st.composite
def rows(draw):
    family = draw(st.sampled_from(FAMILIES))
    labels = tuple(draw(st.text(max_size=8)) for _ in family.labels)
    if family.kind is not Kind.HISTOGRAM:
        return family.name, labels, draw(NUMBERS)
    size = len(family.bounds) + 2
    return family.name, labels, draw(st.lists(NUMBERS, min_size=size, max_size=size))


@given(st.lists(rows(), max_size=20))
def test_what_is_decoded_is_what_was_encoded(found):
    line = encode(found)
    assert line.count(b"\n") == 1
    assert decode(line) == found


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("not JSON", b"[\n"),
        ("no list", b"7"),
        ("no rows", b"[1]"),
        ("a row too short", b'[["http_requests_in_flight"]]'),
        ("a list as a gauge", b'[["http_requests_in_flight",["a"],[1]]]'),
        ("a number as a histogram", b'[["sidecar_overhead_seconds",["a"],1]]'),
        ("too few buckets", b'[["sidecar_overhead_seconds",["a"],[1,2]]]'),
        ("a text as a number", b'[["active_connections",[],"1"]]'),
        ("a list as a name", b"[[[],[],1]]"),
        ("not UTF-8", b"\xff"),
        ("deeper than anyone nests", b"[" * 100_000),
    ],
)
def test_what_is_no_such_line(rule, line):
    with pytest.raises(ValueError, match="no batch of rows"):
        decode(line)


def test_a_family_of_another_version_is_left_out():
    assert decode(b'[["sidecar_of_tomorrow",[],1],["active_connections",[],2]]') == [
        ("active_connections", (), 2)
    ]


def many(count):
    return lambda: ((IN_FLIGHT.name, (str(number),), number) for number in range(count))


async def test_the_loop_turns_between_batches():
    turns = []
    ticking = True

    def tick():
        turns.append(None)
        if ticking:
            asyncio.get_running_loop().call_soon(tick)

    tick()
    found = await taken([many(BATCH * 10)])
    ticking = False
    assert len(found[IN_FLIGHT.name]) == BATCH * 10
    assert len(turns) >= 10


async def test_no_batch_is_larger_than_that():
    sizes = [len(batch) async for batch in batches([many(BATCH + 1), many(1)])]
    assert sizes == [BATCH, 2]


async def test_nothing_to_read():
    assert await taken([]) == {}


def test_the_later_value_wins():
    found: dict = {}
    add(found, [(IN_FLIGHT.name, ("a",), 1), (IN_FLIGHT.name, ("a",), 2)])
    assert found == {IN_FLIGHT.name: {("a",): 2}}


def test_a_histogram_is_its_sum_and_its_buckets():
    value = [1.5, *([0] * len(DURATION.bounds)), 3]
    assert decode(encode([(DURATION.name, ("GET", "a", "200"), value)]))[0][2] == value
