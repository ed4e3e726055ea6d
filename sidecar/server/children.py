"""Children: the processes that the parent forked, from the fork to the last word."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from selectors import BaseSelector
from socket import socket

from sidecar.policy.restarts import Ending
from sidecar.server.forking import ended, fork
from sidecar.server.heartbeats import Silence
from sidecar.server.link import Link
from sidecar.server.messages import FromChild, Standing
from sidecar.units import Instant

DESK = -1
"""The slot of the desk; those of workers begin with 0."""


@dataclass(slots=True)
class Child:
    """`slot` is taken over by its successor, `name` never is."""

    name: str
    slot: int
    pid: int
    generation: int
    """Of the configuration that it serves by."""
    link: Link = field(init=False)
    silence: Silence = field(init=False)
    ready: bool = False
    why: str = ""
    """What it said before it ended."""
    stalled: bool = False
    relieved: bool = False
    """Told to leave, for want of memory."""
    standing: Standing | None = None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        # Until we have waited for it the pid is its own.
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def ending(self, status: int) -> Ending:
        """The kind of end that `status`, of waitpid(2), tells of."""
        if self.stalled:
            return Ending.STALLED
        if self.relieved:
            return Ending.MEMORY
        if not self.ready:
            return Ending.START
        return Ending.SIGNAL if os.WIFSIGNALED(status) else Ending.EXIT

    def cause(self, status: int) -> str:
        """In words: what it said itself, or what the system says."""
        if self.why:
            return self.why
        if os.WIFSIGNALED(status):
            return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
        return f"exit status {os.waitstatus_to_exitcode(status)}"


Told = Callable[[Child, FromChild], None]


class Children:
    """`told` gets each child's messages; `forget` closes what is the parent's."""

    def __init__(
        self,
        selector: BaseSelector,
        told: Told,
        forget: Callable[[], None],
    ) -> None:
        self._selector = selector
        self._told = told
        self._forget = forget
        self._by_pid: dict[int, Child] = {}
        self._born = 0

    def __iter__(self) -> Iterator[Child]:
        return iter(tuple(self._by_pid.values()))

    def __len__(self) -> int:
        return len(self._by_pid)

    @property
    def workers(self) -> list[Child]:
        return [one for one in self if one.slot != DESK]

    @property
    def serving(self) -> list[Child]:
        """The workers that are ready."""
        return [one for one in self.workers if one.ready]

    @property
    def desk(self) -> Child | None:
        return next((one for one in self if one.slot == DESK), None)

    def named(self, name: str) -> Child | None:
        return next((one for one in self if one.name == name), None)

    def start(
        self, slot: int, generation: int, now: Instant, body: Callable[[socket], int]
    ) -> Child:
        """Fork a child that runs `body` after it closed what is not its own."""
        pid, sock = fork(lambda theirs: self._begin(theirs, body))
        self._born += 1
        label = "desk" if slot == DESK else str(slot + 1)
        child = Child(f"{label}.{self._born}", slot, pid, generation)
        child.silence = Silence(Instant(0.0), now)
        child.link = Link(
            sock,
            self._selector,
            lambda message: self._told(child, message),
            lambda: None,  # its end is heard of by SIGCHLD
        )
        self._by_pid[pid] = child
        return child

    def reaped(self) -> Iterator[tuple[Child, int]]:
        """Wait for all that ended, ours and adopted ones; ours, and the status."""
        for pid, status in ended():
            child = self._by_pid.pop(pid, None)
            if child is not None:
                # What it said last is still to be read.
                child.link.drain()
                child.link.close()
                yield child, status

    def _begin(self, theirs: socket, body: Callable[[socket], int]) -> int:
        self._forget()
        for other in self:
            other.link.abandon()
        self._selector.close()
        return body(theirs)
