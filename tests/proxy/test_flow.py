"""A content that changes as it passes."""

import gzip

import pytest

from sidecar.coding.decoding import Decoding
from sidecar.coding.gzip import Gzip
from sidecar.errors import ResponseInvalid
from sidecar.proxy.flow import Recoding
from tests.coding.contract import undo_gzip

TEXT = b"a line of a text\n" * 1000


def flow(decoding=None, encoder=None):
    told = []
    return Recoding(decoding, encoder, lambda *sizes: told.append(sizes)), told


def test_compressed():
    one, told = flow(encoder=Gzip(1).encoder())
    found = b"".join([*one.pieces(TEXT), *one.pieces(b""), one.finish()])
    one.close()
    assert undo_gzip(found) == TEXT
    assert told == [(len(TEXT), len(found))]


def test_undone():
    one, told = flow(Decoding(b"gzip"))
    assert b"".join([*one.pieces(gzip.compress(TEXT)), one.finish()]) == TEXT
    one.close()
    assert told == [(len(TEXT), len(TEXT))]


def test_undone_and_compressed():
    one, _ = flow(Decoding(b"gzip"), Gzip(1).encoder())
    assert undo_gzip(b"".join([*one.pieces(gzip.compress(TEXT)), one.finish()])) == TEXT


def test_rubbish():
    one, _ = flow(Decoding(b"gzip"))
    with pytest.raises(ResponseInvalid):
        list(one.pieces(b"rubbish" * 9))


def test_cut():
    one, _ = flow(Decoding(b"gzip"))
    list(one.pieces(gzip.compress(TEXT)[:-4]))
    with pytest.raises(ResponseInvalid):
        one.finish()
