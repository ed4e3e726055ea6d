import os

import lmdb
import pytest

from sidecar.storage.lmdb_file import is_whole


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    with lmdb.open(str(path), subdir=False, map_size=1 << 20) as env:
        for number in range(20):
            with env.begin(write=True) as txn:
                txn.put(b"%d" % number, b"x" * 5000)
    return path


def test_lmdbs_own(path):
    assert is_whole(path)


def test_a_new_one(tmp_path):
    (tmp_path / "new").touch()
    assert is_whole(tmp_path / "new")


def test_every_cut_is_noticed(path):
    length = path.stat().st_size
    for cut in [*range(length - 4096, 4096, -4096), length - 1, 4095, 200, 20, 1]:
        os.truncate(path, cut)
        assert not is_whole(path), cut


@pytest.mark.parametrize("content", [b"#!/bin/sh\n", b"\0" * 20_000, os.urandom(9000)])
def test_somebody_elses(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert not is_whole(tmp_path / "file")


@pytest.mark.parametrize("at", [16, 20, 40, 43, 4096 + 16, 4096 + 20, 4096 + 40])
def test_a_meta_page_that_makes_no_sense(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
    assert not is_whole(path)
