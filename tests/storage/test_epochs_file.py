import pytest

from sidecar.storage.epochs import SIZE
from sidecar.storage.epochs_file import open_epochs
from sidecar.storage.file_lock import FileLock
from sidecar.storage.labels import cut
from sidecar.storage.set_aside import SUFFIX
from sidecar.storage.store import Purge
from sidecar.units import Timestamp
from tests.storage.entries import WALL, stored

ENTRY = stored(tags=(b"news",))
PURGE = cut(Purge(tags=(b"news",)))


@pytest.fixture
def lock(tmp_path):
    lock = FileLock(tmp_path / "lock")
    yield lock
    lock.close()


def test_a_purge_outlives_the_process(tmp_path, lock):
    path = tmp_path / "epochs"
    epochs = open_epochs(path, lock, WALL)
    since = epochs.sequence
    number = epochs.purge(PURGE, WALL)
    again = open_epochs(path, lock, Timestamp(WALL + 5))
    assert again.sequence == number
    assert again.newest(ENTRY, again.places(ENTRY), since).hard == number
    # The same places as before: the secret is in the file.
    assert list(again.places(ENTRY)) == list(epochs.places(ENTRY))


def test_all_of_a_new_file_is_taken(tmp_path, lock):
    path = tmp_path / "epochs"
    open_epochs(path, lock, WALL).purge(PURGE, WALL)
    assert path.stat().st_size == SIZE <= path.stat().st_blocks * 512
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("foreign", lambda content: b"a file of someone else"),
        ("cut", lambda content: content[:-1]),
        ("empty", lambda content: b""),
        ("another version", lambda content: content.replace(b"epochs 2", b"epochs 1")),
    ],
)
def test_what_is_not_ours_is_set_aside_and_everything_older_is_purged(
    rule, damage, tmp_path, lock
):
    path = tmp_path / "epochs"
    since = open_epochs(path, lock, WALL).sequence
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    epochs = open_epochs(path, lock, Timestamp(WALL + 5))
    assert epochs.newest(ENTRY, epochs.places(ENTRY), since).hard > since, rule
    assert (tmp_path / ("epochs" + SUFFIX)).read_bytes() == damaged, rule
