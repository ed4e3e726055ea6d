import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.storage.file_lock import FileLock

HOLD = """
import sys
from pathlib import Path
from sidecar.storage.file_lock import FileLock
with FileLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def waits(pid):
    return any(
        "->" in line and f" {pid} " in line
        for line in Path("/proc/locks").read_text().splitlines()
    )


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "lock"
    lock = FileLock(path)
    with lock:
        other = holder(path)
        while not waits(other.pid):
            assert other.poll() is None
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        other.kill()
    lock.close()


def test_a_killed_holder_lets_go(tmp_path):
    path = tmp_path / "lock"
    with holder(path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        other.kill()
    with FileLock(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_directory(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "absent" / "lock")
