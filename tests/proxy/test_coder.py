"""The codecs of a route, at the level that the moment allows."""

import pytest

from sidecar.coding.levels import BEST, Levels
from sidecar.policy.pressure import Pressure
from sidecar.proxy.coder import Coder, Streams
from tests.coding.contract import UNDO

TEXT = b"".join(b"line %d of a text\n" % (n * n) for n in range(3000))


def coder(levels=BEST, padding=0):
    pressure, streams = Pressure(), Streams(most=1)
    return Coder(levels, pressure, streams, padding), pressure, streams


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_eased_it_does_less(coding):
    ours, pressure, _ = coder()
    best = ours.compress(coding, TEXT, padded=False)
    pressure.feel(0.03)
    eased = ours.compress(coding, TEXT, padded=False)
    assert best != eased
    assert UNDO[coding](best) == UNDO[coding](eased) == TEXT
    assert ours.has_time
    pressure.feel(1.0)
    assert not ours.has_time


def test_what_takes_time_depends_on_the_level():
    ours, pressure, _ = coder(Levels(gzip=1, br=11, zstd=1))
    assert ours.takes_time(b"br", 50_000)
    assert not ours.takes_time(b"gzip", 50_000)
    pressure.feel(0.03)
    assert not ours.takes_time(b"br", 50_000)


def test_streams_are_counted():
    ours, _, streams = coder()
    assert ours.encoder(b"br", padded=False) is not None
    assert ours.encoder(b"br", padded=False) is None
    assert streams.open == 1
    ours.ended()
    assert ours.encoder(b"br", padded=False) is not None


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_padding_is_random(coding):
    ours, _, _ = coder(padding=32)
    assert len({len(ours.compress(coding, TEXT, padded=True)) for _ in range(60)}) > 4
    assert len({len(ours.compress(coding, TEXT, padded=False)) for _ in range(5)}) == 1
