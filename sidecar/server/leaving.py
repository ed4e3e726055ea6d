"""Leaving: how a sidecar of many processes ends without losing a request.

Workers drain, each as `server.drain` says; the desk answers until they are gone.
Those that should long be gone are killed.
"""

from sidecar.server.children import Children
from sidecar.server.listeners import Opened
from sidecar.server.messages import Hurry, Leave
from sidecar.units import NEVER, Instant, Seconds

MARGIN: Seconds = 5.0


class Leaving:
    """`begun` once; never goes back."""

    def __init__(self, children: Children, opened: Opened) -> None:
        self.begun = False
        self._children = children
        self._opened = opened
        self._by = NEVER
        self._desk_told = False

    def begin(self, longest: Seconds, now: Instant, *, grace: bool) -> None:
        """Let the workers drain, and wait so long; `grace`: they accept still."""
        self.begun = True
        self._by = Instant(now + longest + MARGIN)
        # The workers have the sockets, too, and close them after the grace.
        for one in self._opened.clients:
            one.close()
        for child in self._children.workers:
            child.link.send(Leave(grace=grace))

    def hurry(self, now: Instant) -> None:
        """Let what is in flight be cut."""
        self._by = Instant(min(self._by, now + MARGIN))
        for child in self._children.workers:
            if child.ready:
                child.link.send(Hurry())
            else:
                child.kill()

    def is_over(self, now: Instant) -> bool:
        """Whether all are gone; see to it that they go."""
        desk = self._children.desk
        if desk is not None and not self._children.workers and not self._desk_told:
            self._desk_told = True
            self._by = Instant(min(self._by, now + MARGIN))
            desk.link.send(Leave(grace=False))
        if now >= self._by:
            for child in self._children:
                child.kill()
        return not len(self._children)
