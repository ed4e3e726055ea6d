"""What goes in comes out, at every level, in any pieces."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.coding.codec import PIECE, Undecodable
from sidecar.coding.zstd import Zstd, ZstdDecoder
from tests.coding.contract import CONTENTS, decodes, holds_nothing_back, keeps, pads

LEVELS = [-7, 1, 3, 9, 22]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_what_goes_in_comes_out(level, content):
    keeps(Zstd(level), content, 0)


@pytest.mark.parametrize("padding", [1, 2, 3, 4, 31, 32])
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_padding_means_nothing(padding, content):
    keeps(Zstd(2), content, padding)


def test_padding_is_about_as_long_as_asked():
    lengths = {pads(Zstd(2), CONTENTS[2], padding) for padding in range(33)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) >= 29


@pytest.mark.parametrize("level", LEVELS[:4])
def test_nothing_is_held_back(level):
    holds_nothing_back(Zstd(level), ZstdDecoder())


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=3000), max_size=8), st.integers(1, 700))
def test_any_pieces(pieces, step):
    encoder = Zstd(1).encoder()
    coded = b"".join([*map(encoder.write, pieces), encoder.finish()])
    decoder = ZstdDecoder()
    assert decodes(decoder, coded, step) == b"".join(pieces)
    assert decoder.complete


def test_what_expands_comes_in_pieces():
    bomb = Zstd(2).compress(bytes(50_000_000))
    largest = total = 0
    for piece in ZstdDecoder().pieces(bomb):
        largest, total = max(largest, len(piece)), total + len(piece)
    assert total == 50_000_000
    assert largest <= PIECE


def test_rubbish():
    with pytest.raises(Undecodable):
        list(ZstdDecoder().pieces(b"this was never compressed" * 10))


def test_what_is_cut_is_not_complete():
    whole = Zstd(2).compress(CONTENTS[2])
    decoder = ZstdDecoder()
    list(decoder.pieces(whole[:-1]))
    assert not decoder.complete


def test_nothing_is_complete():
    assert ZstdDecoder().complete


def test_slow_levels_do_less_inline():
    assert Zstd(LEVELS[-1]).inline < Zstd(LEVELS[1]).inline


def test_small_tables_cost_little_size():
    text = b" ".join(b"%x, %d" % (n * n * 7919 % 65_521, n) for n in range(9000))[
        :100_000
    ]
    ours, usual = (
        Zstd(3).compress(text),
        zstandard.ZstdCompressor(level=3).compress(text),
    )
    assert len(ours) <= 1.05 * len(usual)


def test_frames_follow_each_other():
    two = Zstd(1).compress(b"first, ") + Zstd(6).compress(b"second")
    for step in (1, 7, 1000):
        assert decodes(ZstdDecoder(), two, step) == b"first, second"


def test_each_thread_has_a_compressor_of_its_own():
    codec = Zstd(3)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: keeps(codec, CONTENTS[n % 5], n % 2 * 9), range(200)))
