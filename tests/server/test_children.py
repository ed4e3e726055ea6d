"""The parent's view of its children, with real ones."""

import os
import signal

import pytest

from sidecar.policy.restarts import Ending
from sidecar.server.children import Child
from tests.server.fresh import python

LIVES = """
import os, selectors, time
from functools import partial
from sidecar.server.children import DESK, Children
from sidecar.server.link import packed
from sidecar.server.messages import Failed, Ready
from sidecar.units import Instant
told = []
selector = selectors.DefaultSelector()
children = Children(selector, lambda child, said: told.append((child.name, said)),
                    lambda: None)
def body(status, sock):
    sock.sendall(packed(Ready()) + packed(Failed("tired")))
    return status
for slot in (DESK, 0, 1):
    children.start(slot, 1, Instant(0.0), partial(body, slot + 1))
desk = children.desk
print(desk.name, [one.name for one in children.workers], len(children))
stranger = os.fork()
if not stranger:
    os._exit(0)
found = {}
while len(children):
    for child, status in children.reaped():
        found[child.name] = os.waitstatus_to_exitcode(status)
    time.sleep(0.01)
print(sorted(found.items()))
print(sorted(name for name, said in told if said == Ready()))
print(sorted(name for name, said in told if said == Failed("tired")))
print(children.start(0, 1, Instant(0.0), partial(body, 0)).name)
"""


def test_their_whole_life():
    ended = python(LIVES)
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "desk.1 ['1.2', '2.3'] 3",
        "[('1.2', 1), ('2.3', 2), ('desk.1', 0)]",
        "['1.2', '2.3', 'desk.1']",
        "['1.2', '2.3', 'desk.1']",
        "1.4",
    ]


@pytest.mark.parametrize(
    ("rule", "state", "status", "ending", "cause"),
    [
        ("killed", {"ready": True}, signal.SIGKILL, Ending.SIGNAL, "killed by SIGKILL"),
        ("left", {"ready": True}, 3 << 8, Ending.EXIT, "exit status 3"),
        ("never began", {}, 1 << 8, Ending.START, "exit status 1"),
        ("said why", {"why": "no file"}, 1 << 8, Ending.START, "no file"),
        (
            "replaced by us",
            {"ready": True, "stalled": True},
            signal.SIGKILL,
            Ending.STALLED,
            "killed by SIGKILL",
        ),
        (
            "let go",
            {"ready": True, "relieved": True},
            0,
            Ending.MEMORY,
            "exit status 0",
        ),
    ],
)
def test_how_one_ended(rule, state, status, ending, cause):
    child = Child("1.1", 0, os.getpid(), 1)
    for name, value in state.items():
        setattr(child, name, value)
    assert child.ending(status) is ending
    assert child.cause(status) == cause


def test_one_that_is_gone_cannot_be_killed():
    gone = int(python("import os; print(os.getpid())").stdout)
    Child("1.1", 0, gone, 1).kill()
