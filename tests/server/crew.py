"""Children without processes: links with a diary."""

import signal
from typing import Any, cast

from sidecar.server.children import DESK, Child, Children


class Diary:
    """A link that keeps what it was told to send."""

    def __init__(self):
        self.sent: list[Any] = []

    def send(self, message):
        self.sent.append(message)

    def take(self):
        sent, self.sent = self.sent, []
        return sent


class Mortal(Child):
    """A child whose end is noted."""

    killed: list[str]

    def kill(self, number=signal.SIGKILL):
        self.killed.append(self.name)


class Crew:
    """`server.children.Children`, as far as others see it."""

    def __init__(self, workers=2, *, desk=True):
        self.killed = []
        self.everyone = [self.child(slot, ready=True) for slot in range(workers)]
        if desk:
            self.everyone.append(self.child(DESK, ready=True))

    def child(self, slot, *, ready=False, generation=1):
        label = "desk" if slot == DESK else str(slot + 1)
        child = Mortal(f"{label}.{slot + 1}", slot, 0, generation, ready=ready)
        child.link = cast("Any", Diary())
        child.killed = self.killed
        return child

    def __iter__(self):
        return iter(tuple(self.everyone))

    def __len__(self):
        return len(self.everyone)

    workers = Children.workers
    serving = Children.serving
    desk = Children.desk

    def take(self):
        """What each was sent since."""
        return {one.name: one.link.take() for one in self.everyone}
