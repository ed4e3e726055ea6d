"""Whether a file's content is another, however it was replaced."""

import os

import pytest

from sidecar.config.watch import PERIOD, SOON, Unwatched, Watch


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sidecar.yaml"
    path.write_text("a: 1")
    return path


def settled(watch):
    """Two looks in a row, as they are taken."""
    return watch.changed() or watch.changed()


def test_nothing_happened(file):
    watch = Watch(file)
    assert [watch.changed() for _ in range(3)] == [False] * 3
    assert watch.pause == PERIOD


def test_written_anew(file):
    watch = Watch(file)
    file.write_text("a: 23")
    assert not watch.changed()
    assert watch.pause == SOON
    assert watch.changed()
    assert not settled(watch)


def test_one_that_is_being_written_is_given_a_moment(file):
    watch = Watch(file)
    for length in range(2, 6):
        file.write_text("a: 1" + "2" * length)
        assert not watch.changed()
    assert watch.changed()


def test_replaced_by_another(file, tmp_path):
    watch = Watch(file)
    other = tmp_path / "other"
    other.write_text("a: 2")
    other.replace(file)
    assert settled(watch)


def test_touched_only(file):
    watch = Watch(file)
    os.utime(file, ns=(1, 1))
    assert not settled(watch)
    assert not settled(watch)


def test_a_symlink_is_swapped_as_kubernetes_does(tmp_path):
    for name, text in (("1", "a: 1"), ("2", "a: 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sidecar.yaml").write_text(text)
        os.utime(tmp_path / name / "sidecar.yaml", ns=(1, 1))
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "sidecar.yaml").symlink_to("..data/sidecar.yaml")
    watch = Watch(tmp_path / "sidecar.yaml")
    (tmp_path / "..new").symlink_to("2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    assert settled(watch)
    assert not settled(watch)


def test_one_that_is_gone_is_waited_for(file):
    watch = Watch(file)
    file.unlink()
    assert not settled(watch)
    file.write_text("a: 1")
    assert not settled(watch)
    file.unlink()
    file.write_text("a: 2")
    assert settled(watch)


def test_one_that_never_was(tmp_path):
    watch = Watch(tmp_path / "none")
    assert not settled(watch)
    (tmp_path / "none").write_text("a: 1")
    assert settled(watch)


def test_unwatched():
    assert not Unwatched().changed()
    assert Unwatched().pause > 1000
