"""Succession: lets workers go that have little memory left, one at a time.

The successor is forked when the old one is gone, as after any other end; meanwhile
the others accept from the same sockets.
"""

from sidecar.config.schema_process import Memory
from sidecar.server.children import Child, Children
from sidecar.server.messages import Leave
from sidecar.units import Instant, Seconds

# A worker that is full again so soon would be so after the next time, too.
PAUSE: Seconds = 60.0


class Succession:
    def __init__(self, children: Children, section: Memory | None) -> None:
        self._children = children
        self._recycles = section is not None and section.recycle
        self._next = Instant(0.0)

    def wanted(self, child: Child, now: Instant) -> None:
        """Tell a worker that asks for it to drain and leave, if it can be spared."""
        serving = self._children.serving
        spared = len(serving) > 1 and not any(one.relieved for one in serving)
        if self._recycles and spared and now >= self._next:
            self._next = Instant(now + PAUSE)
            child.relieved = True
            child.link.send(Leave(grace=False))
