import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.lifetimes import Lifetimes
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.entry_bytes import decoded, encoded
from tests.storage.entries import stored

BYTES = st.binary(max_size=20)
TIMES = st.floats(0, 2**40)
LIFETIMES = st.builds(
    Lifetimes, TIMES, TIMES, TIMES, TIMES, st.booleans(), st.booleans(), st.booleans()
)
STORED = st.builds(
    Stored,
    url=BYTES,
    status=st.integers(100, 599),
    lines=BYTES,
    body=BYTES,
    generated=TIMES,
    received=TIMES,
    lifetimes=LIFETIMES,
    etag=BYTES,
    last_modified=BYTES,
    tags=st.lists(BYTES, max_size=3).map(tuple),
    owner=BYTES,
    codings=st.dictionaries(BYTES, BYTES, max_size=3),
)
VARIANTS = st.builds(
    Variants,
    url=BYTES,
    names=st.lists(BYTES, max_size=3).map(tuple),
    keys=st.lists(BYTES, max_size=3).map(tuple),
    until=TIMES,
)
ENTRIES = STORED | VARIANTS


def said(entry):
    return [type(entry), *(getattr(entry, one.name) for one in fields(entry))]


@given(ENTRIES)
def test_comes_back_as_it_was(entry):
    back = decoded(memoryview(b"".join(encoded(entry))))
    assert said(back) == said(entry)


class Growing(dict[bytes, bytes]):
    """A thread makes one more while they are looked at."""

    def values(self):
        self[b"gzip"] = b"zipped"
        return super().values()


def test_what_a_thread_adds_meanwhile_breaks_nothing():
    entry = stored(codings=Growing({b"br": b"coded"}))
    back = decoded(memoryview(b"".join(encoded(entry))))
    assert isinstance(back, Stored)
    assert back.codings == {b"br": b"coded"}


@given(ENTRIES, st.data())
def test_cut_or_longer_is_nothing(entry, data):
    written = b"".join(encoded(entry))
    length = data.draw(st.integers(0, len(written) - 1))
    assert decoded(memoryview(written[:length])) is None
    assert decoded(memoryview(written + b"x")) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_nothing(data):
    entry = decoded(memoryview(data))
    assert entry is None or b"".join(encoded(entry))


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("an age without end", {"generated": math.nan}),
        ("before all time", {"received": -1.0}),
        ("a lifetime without end", {"lifetimes": Lifetimes(fresh=math.inf)}),
        ("a lifetime below nothing", {"lifetimes": Lifetimes(keep=-1.0)}),
    ],
)
def test_numbers_that_no_entry_has(rule, change):
    entry = stored()
    for name, value in change.items():
        setattr(entry, name, value)
    assert decoded(memoryview(b"".join(encoded(entry)))) is None, rule


def test_a_length_that_asks_for_a_gigabyte():
    written = bytearray(b"".join(encoded(stored())))
    at = written.index(len(stored().url).to_bytes(4, "little"))
    written[at : at + 4] = (1 << 30).to_bytes(4, "little")
    assert decoded(memoryview(written)) is None
