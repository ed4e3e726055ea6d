"""The private directory: where it is made, and that it goes."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidecar.storage.scratch import PREFIX, candidates, scratch

ROOM = 1 << 20
MEMORY = "/dev/shm"  # noqa: S108 - nothing is written there
OWNER = """
import sys
from pathlib import Path
from sidecar.storage.scratch import scratch
with scratch(1 << 20, (Path(sys.argv[1]),)) as folder:
    print(folder, flush=True)
    input()
"""


def test_it_is_private_and_goes(tmp_path):
    with scratch(ROOM, (tmp_path,)) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_after_an_error_too(tmp_path):
    with pytest.raises(KeyError), scratch(ROOM, (tmp_path,)):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_the_first_place_with_room(tmp_path):
    (tmp_path / "file").write_text("")
    places = (tmp_path / "missing", tmp_path / "file", tmp_path)
    with scratch(ROOM, places) as folder:
        assert folder.parent == tmp_path


@pytest.mark.parametrize(
    ("rule", "room", "place"),
    [("missing", ROOM, "missing"), ("too little room", 1 << 62, ".")],
)
def test_no_place(rule, room, place, tmp_path):
    with pytest.raises(OSError, match=place if place == "missing" else "room"):
        scratch(room, (tmp_path / place,)).__enter__()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [MEMORY]),
        ({"XDG_RUNTIME_DIR": "/run/user/7"}, [MEMORY, "/run/user/7"]),
        ({"XDG_RUNTIME_DIR": ""}, [MEMORY]),
    ],
)
def test_memory_comes_first(environ, expected):
    *found, last = candidates(environ)
    assert list(map(str, found)) == expected
    assert last.is_dir()


@contextmanager
def owner(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout
        # However the test ends, so does its standard input, and the process with it.
        yield process, Path(process.stdout.readline().strip())


def test_what_a_killed_owner_left_is_removed_by_the_next(tmp_path):
    with owner(tmp_path) as (process, left):
        process.send_signal(signal.SIGKILL)
    assert left.is_dir()
    with scratch(ROOM, (tmp_path,)):
        assert not left.exists()


def test_that_of_a_living_owner_stays(tmp_path):
    with owner(tmp_path) as (process, folder):
        with scratch(ROOM, (tmp_path,)):
            assert folder.is_dir()
        process.communicate("\n")
    assert not folder.exists()


def test_what_is_not_ours_stays(tmp_path):
    strange = tmp_path / f"{PREFIX}strange"
    strange.mkdir()
    target = tmp_path / "target"
    target.write_text("")
    linked = tmp_path / f"{PREFIX}linked"
    linked.mkdir()
    (linked / "alive").symlink_to(target)
    with scratch(ROOM, (tmp_path,)):
        assert strange.is_dir()
        assert linked.is_dir()
