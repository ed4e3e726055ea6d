"""Forking: how a child is forked, ends with its parent, and is waited for."""

import ctypes
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator

_PR_SET_PDEATHSIG = 1
CRASHED = 70  # EX_SOFTWARE, sysexits(3)
# Sent to a whole group by terminals and service managers. The parent hears them
# and tells its children what to do.
PARENTS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_MASKED = (*PARENTS, signal.SIGCHLD)


def fork(body: Callable[[socket.socket], int]) -> tuple[int, socket.socket]:
    """Run `body` in a child with its end of a socket pair; its pid, and our end.

    `body` begins with closing what is not the child's, and its result is the exit
    status. Call it from a process that has one thread only.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    # So that no signal reaches the child while the parent's handlers are in it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _MASKED)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        return pid, ours
    status = CRASHED
    try:
        ours.close()
        signal.set_wakeup_fd(-1)
        for number in PARENTS:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        die_with(parent)
        status = body(theirs)
    except BaseException:  # noqa: BLE001 - nothing of the parent's code runs here
        traceback.print_exc()
    finally:
        # Neither atexit nor destructors: what they would clean up is the parent's.
        sys.stderr.flush()
        os._exit(status)


def ended() -> Iterator[tuple[int, int]]:
    """Wait for all that ended: the pid of each, and its status as of waitpid(2).

    As process 1 of a container we are the parent of all orphans, too.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def reap() -> None:
    """The same, where nobody wants to know of them."""
    for _ in ended():
        pass


def die_with(parent: int) -> None:
    """Have the kernel kill us when the parent ends, whatever we are doing then."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we said so
        os._exit(CRASHED)
