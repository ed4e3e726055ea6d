"""The codecs of a route, at the level that the moment allows."""

import pytest

from sidecar.coding.levels import BEST, Levels
from sidecar.policy.pressure import Pressure
from sidecar.policy.validation import digest
from sidecar.proxy.coder import Coder, Streams
from sidecar.proxy.remembered import UNREMEMBERED, Remembered
from tests.coding.contract import UNDO

TEXT = b"".join(b"line %d of a text\n" % (n * n) for n in range(3000))


def coder(levels=BEST, padding=0, forms=UNREMEMBERED):
    pressure, streams = Pressure(), Streams(most=1)
    return Coder(levels, pressure, streams, padding, forms), pressure, streams


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_eased_it_does_less(coding):
    ours, pressure, _ = coder()
    best = ours.compress(coding, TEXT, None, padded=False)
    pressure.feel(0.03)
    eased = ours.compress(coding, TEXT, None, padded=False)
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
    assert (
        len({len(ours.compress(coding, TEXT, None, padded=True)) for _ in range(60)})
        > 4
    )
    assert (
        len({len(ours.compress(coding, TEXT, None, padded=False)) for _ in range(5)})
        == 1
    )


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_what_is_remembered_is_padded_anew(coding):
    remembered = Remembered(1 << 20)
    ours, pressure, _ = coder(padding=32, forms=remembered)
    name = digest(TEXT)
    plain = ours.compress(coding, TEXT, name, padded=False)
    found = [ours.compress(coding, TEXT, name, padded=True) for _ in range(60)]
    assert len({len(one) for one in found}) > 4
    assert {UNDO[coding](one) for one in found} == {TEXT}
    assert remembered.hits == 59
    assert ours.compress(coding, TEXT, name, padded=False) == plain
    pressure.feel(0.03)
    assert ours.compress(coding, TEXT, name, padded=False) != plain


def test_without_a_digest_nothing_is_remembered():
    remembered = Remembered(1 << 20)
    ours, _, _ = coder(forms=remembered)
    for _ in range(3):
        ours.compress(b"gzip", TEXT, None, padded=False)
    assert (len(remembered), remembered.misses) == (0, 0)
