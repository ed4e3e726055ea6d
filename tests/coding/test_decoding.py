"""Nothing expands beyond what is sane."""

import contextlib
import zlib

import brotli
import pytest
import zstandard

from sidecar.coding.codec import Undecodable
from sidecar.coding.decoding import DECODERS, STEEPEST, Decoding, decoded
from sidecar.policy.vary import UNDONE

CODE = {
    b"gzip": lambda data: zlib.compress(data, 9, 31),
    b"x-gzip": lambda data: zlib.compress(data, 9, 31),
    b"br": brotli.compress,
    b"zstd": zstandard.compress,
}
TEXT = b"".join(b"line %d of a text\n" % number for number in range(20_000))


def test_what_is_stored_for_all_can_be_undone():
    assert {*DECODERS, b"identity"} == UNDONE


@pytest.mark.parametrize("coding", DECODERS)
def test_decoded(coding):
    assert decoded(CODE[coding](TEXT), coding) == TEXT
    assert decoded(CODE[coding](b""), coding) == b""


@pytest.mark.parametrize("coding", DECODERS)
def test_too_large(coding):
    with pytest.raises(Undecodable):
        decoded(CODE[coding](TEXT), coding, len(TEXT) - 1)


def until_refused(decoding, data):
    with contextlib.suppress(Undecodable):
        yield from map(len, decoding.pieces(data))
        pytest.fail("not refused")


@pytest.mark.parametrize("coding", DECODERS)
def test_a_bomb(coding):
    bomb = CODE[coding](bytes(200 << 20))
    with pytest.raises(Undecodable):
        decoded(bomb, coding)
    written = list(until_refused(Decoding(coding), bomb))
    assert sum(written) <= max(1 << 20, STEEPEST * len(bomb))
    assert max(written, default=0) <= 8 << 20


@pytest.mark.parametrize("coding", DECODERS)
def test_a_page_of_blanks_is_no_bomb(coding):
    assert decoded(CODE[coding](b" " * 900_000), coding) == b" " * 900_000


@pytest.mark.parametrize("coding", DECODERS)
def test_cut_short(coding):
    with pytest.raises(Undecodable):
        decoded(CODE[coding](TEXT)[:-3], coding)


@pytest.mark.parametrize("coding", DECODERS)
def test_in_pieces(coding):
    coded, decoding = CODE[coding](TEXT), Decoding(coding)
    found = [
        piece
        for at in range(0, len(coded), 1000)
        for piece in decoding.pieces(coded[at : at + 1000])
    ]
    decoding.finish()
    assert b"".join(found) == TEXT
