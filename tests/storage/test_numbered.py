"""Folders that follow one another."""

import threading

import pytest

from sidecar.storage.numbered import Numbered


@pytest.fixture
def diary():
    return []


@pytest.fixture
def numbered(tmp_path, diary):
    def fill(folder):
        diary.append(folder)
        (folder / "content").write_text("x")

    return Numbered(tmp_path / "folder", fill)


def test_at_first_there_is_none(numbered):
    assert numbered.newest() == 0


def test_each_replaces_the_one_before(numbered, tmp_path):
    assert numbered.after(0) == 1
    assert numbered.after(1) == 2
    assert numbered.newest() == 2
    assert (numbered.path(2) / "content").read_text() == "x"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["2"]


def test_who_is_late_gets_what_others_made(numbered, diary):
    assert numbered.after(0) == 1
    assert numbered.after(0) == 1
    assert len(diary) == 1


def test_a_number_that_is_written_otherwise_is_none(numbered, tmp_path):
    (tmp_path / "folder" / "new-7").mkdir(parents=True)
    (tmp_path / "folder" / "old").mkdir()
    assert numbered.newest() == 0
    assert numbered.after(0) == 1


def test_what_fails_leaves_nothing_behind(tmp_path):
    def fill(folder):
        (folder / "half").write_text("x")
        raise OSError("no room")

    numbered = Numbered(tmp_path / "folder", fill)
    with pytest.raises(OSError, match="no room"):
        numbered.after(0)
    assert list((tmp_path / "folder").iterdir()) == []


def test_many_at_once_make_one(tmp_path, diary):
    def fill(folder):
        diary.append(folder)

    folder = tmp_path / "folder"
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(Numbered(folder, fill).after(0)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert len(diary) == 1
