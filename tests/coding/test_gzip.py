"""What goes in comes out, at every level, in any pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.coding.codec import PIECE, Undecodable
from sidecar.coding.gzip import Gzip, GzipDecoder
from tests.coding.contract import CONTENTS, decodes, holds_nothing_back, keeps, pads

LEVELS = [0, 1, 2, 3, 4, 6, 9]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_what_goes_in_comes_out(level, content):
    keeps(Gzip(level), content, 0)


@pytest.mark.parametrize("padding", [1, 2, 3, 4, 31, 32])
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_padding_means_nothing(padding, content):
    keeps(Gzip(2), content, padding)


def test_padding_is_about_as_long_as_asked():
    lengths = {pads(Gzip(2), CONTENTS[2], padding) for padding in range(33)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) >= 29


@pytest.mark.parametrize("level", LEVELS[:4])
def test_nothing_is_held_back(level):
    holds_nothing_back(Gzip(level), GzipDecoder())


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=3000), max_size=8), st.integers(1, 700))
def test_any_pieces(pieces, step):
    encoder = Gzip(1).encoder()
    coded = b"".join([*map(encoder.write, pieces), encoder.finish()])
    decoder = GzipDecoder()
    assert decodes(decoder, coded, step) == b"".join(pieces)
    assert decoder.complete


def test_what_expands_comes_in_pieces():
    bomb = Gzip(2).compress(bytes(50_000_000))
    largest = total = 0
    for piece in GzipDecoder().pieces(bomb):
        largest, total = max(largest, len(piece)), total + len(piece)
    assert total == 50_000_000
    assert largest <= 70 * PIECE


def test_rubbish():
    with pytest.raises(Undecodable):
        list(GzipDecoder().pieces(b"this was never compressed" * 10))


def test_what_is_cut_is_not_complete():
    whole = Gzip(2).compress(CONTENTS[2])
    decoder = GzipDecoder()
    list(decoder.pieces(whole[:-1]))
    assert not decoder.complete


def test_nothing_is_complete():
    assert GzipDecoder().complete


def test_slow_levels_do_less_inline():
    assert Gzip(LEVELS[-1]).inline < Gzip(LEVELS[1]).inline


def test_members_follow_each_other():
    two = Gzip(1).compress(b"first, ") + Gzip(6).compress(b"second")
    for step in (1, 7, 1000):
        assert decodes(GzipDecoder(), two, step) == b"first, second"
