"""Children: how they begin, end, and that they never outlive their parent."""

import signal
from pathlib import Path

from sidecar.server.forking import CRASHED
from tests.harness.sidecar import await_condition
from tests.server.fresh import python

TALK = """
import os
from sidecar.server.forking import fork
def body(sock):
    sock.sendall(sock.recv(10).upper())
    return 7
pid, sock = fork(body)
sock.sendall(b"hello")
print(sock.recv(10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
CRASH = """
import os
from sidecar.server.forking import fork
def body(sock):
    raise ValueError("a defect")
pid, sock = fork(body)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
DEAF = """
import os, signal
from sidecar.server.forking import fork
signal.signal(signal.SIGTERM, lambda *_: print("the parent's", flush=True))
def body(sock):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(os.getpid(), number)
    return 0
pid, sock = fork(body)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
ORPHAN = """
import os, signal, time
from sidecar.server.forking import fork
def body(sock):
    print(os.getpid(), flush=True)
    sock.sendall(b"x")
    time.sleep(600)
    return 0
pid, sock = fork(body)
sock.recv(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_child_has_its_end_of_a_socket_pair():
    assert python(TALK).stdout == "b'HELLO' 7\n"


def test_a_defect_is_seen_and_runs_nothing_of_the_parents():
    ended = python(CRASH)
    assert ended.stdout == f"{CRASHED}\n"
    assert "ValueError: a defect" in ended.stderr


def test_what_a_whole_group_is_sent_is_the_parents_to_hear():
    ended = python(DEAF)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


def test_none_outlives_its_parent():
    ended = python(ORPHAN)
    assert ended.returncode == -signal.SIGKILL
    child = int(ended.stdout)
    await_condition(lambda: not _runs(child))


def _runs(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"
