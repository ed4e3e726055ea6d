"""What goes in comes out, at every level, in any pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.coding.brotli import Brotli, BrotliDecoder
from sidecar.coding.codec import PIECE, Undecodable
from tests.coding.contract import CONTENTS, decodes, holds_nothing_back, keeps, pads

LEVELS = [0, 1, 2, 4, 5, 9]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_what_goes_in_comes_out(level, content):
    keeps(Brotli(level), content, 0)


@pytest.mark.parametrize("padding", [1, 2, 3, 4, 31, 32])
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_padding_means_nothing(padding, content):
    keeps(Brotli(2), content, padding)


def test_padding_is_about_as_long_as_asked():
    lengths = {pads(Brotli(2), CONTENTS[2], padding) for padding in range(33)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) >= 29


@pytest.mark.parametrize("level", LEVELS[:4])
def test_nothing_is_held_back(level):
    holds_nothing_back(Brotli(level), BrotliDecoder())


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=3000), max_size=8), st.integers(1, 700))
def test_any_pieces(pieces, step):
    encoder = Brotli(1).encoder()
    coded = b"".join([*map(encoder.write, pieces), encoder.finish()])
    decoder = BrotliDecoder()
    assert decodes(decoder, coded, step) == b"".join(pieces)
    assert decoder.complete


def test_what_expands_comes_in_pieces():
    bomb = Brotli(2).compress(bytes(50_000_000))
    largest = total = 0
    for piece in BrotliDecoder().pieces(bomb):
        largest, total = max(largest, len(piece)), total + len(piece)
    assert total == 50_000_000
    assert largest <= 70 * PIECE


def test_rubbish():
    with pytest.raises(Undecodable):
        list(BrotliDecoder().pieces(b"this was never compressed" * 10))


def test_what_is_cut_is_not_complete():
    whole = Brotli(2).compress(CONTENTS[2])
    decoder = BrotliDecoder()
    list(decoder.pieces(whole[:-1]))
    assert not decoder.complete


def test_nothing_is_complete():
    assert BrotliDecoder().complete


def test_slow_levels_do_less_inline():
    assert Brotli(LEVELS[-1]).inline < Brotli(LEVELS[1]).inline
