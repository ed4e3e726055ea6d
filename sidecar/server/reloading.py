"""Reloading: one reload over all workers, in two phases, one at a time.

    idle ─▶ read the file ─▶ prepare ─▶ all could ──▶ commit ─▶ idle
                 │ mistakes        └─▶ one could not ─▶ discard ─▶ idle
                 └───────────────────────────────────────────────▶ idle

Who asks while one goes on is answered by the next, however many ask. A worker
that ends meanwhile is no longer waited for: its successor begins with what is in
effect then. One that became ready meanwhile catches up.
"""

import pickle
import time
from collections.abc import Callable

from sidecar.config.load import Loaded
from sidecar.server.children import Child, Children
from sidecar.server.messages import Commit, Discard, Prepare, Prepared, Reloaded
from sidecar.server.reloads import Outcome, Proposal, Read, Reloads, proposal
from sidecar.units import Instant, Seconds, Timestamp

# The longest that workers may take to prepare.
PATIENCE: Seconds = 30.0


class Reloading:
    def __init__(
        self,
        loaded: Loaded,
        read: Read,
        children: Children,
        finished: Callable[[Reloaded], None],
    ) -> None:
        self.loaded = loaded
        self.reloads = Reloads(Timestamp(time.time()))
        self._read = read
        self._children = children
        self._finished = finished
        self._wanted = False
        self._askers: list[int] = []
        self._answering: tuple[int, ...] = ()
        self._attempt = self._proposed = 0
        self._proposal: Proposal | None = None
        self._waiting: set[str] = set()
        self._prepared: set[str] = set()
        self._late: dict[str, int] = {}
        """Attempts of those that catch up, by name."""
        self._due = Instant(0.0)
        self._began = 0.0

    @property
    def generation(self) -> int:
        return self.reloads.generation

    def want(self, asker: int | None = None) -> None:
        """Ask for a reload; `asker` is told of its end."""
        self._wanted = True
        if asker is not None:
            self._askers.append(asker)

    def step(self, now: Instant) -> None:
        """Begin what is wanted, end what takes too long."""
        if self._proposal is not None:
            if now >= self._due:
                self._fail("a worker did not answer in time")
            return
        if not self._wanted:
            return
        self._wanted = False
        self._began = time.monotonic()
        self._answering, self._askers = tuple(self._askers), []
        found = proposal(self._read, self.loaded, self.generation)
        if isinstance(found, Outcome):
            self._finish(found, None)
            return
        self._proposal = found
        self._attempt += 1
        self._proposed = self._attempt
        self._due = Instant(now + PATIENCE)
        self._prepared = set()
        self._waiting = {child.name for child in self._children.serving}
        content = pickle.dumps(found.loaded, pickle.HIGHEST_PROTOCOL)
        for child in self._children.serving:
            child.link.send(Prepare(self._attempt, content))
        self._commit_if_all_could()

    def ready(self, child: Child) -> None:
        """A new worker serves; see to it that it serves by what is in effect."""
        if child.generation < self.generation:
            self._attempt += 1
            self._late[child.name] = self._attempt
            content = pickle.dumps(self.loaded, pickle.HIGHEST_PROTOCOL)
            child.link.send(Prepare(self._attempt, content))

    def prepared(self, child: Child, said: Prepared) -> None:
        if said.attempt == self._late.get(child.name):
            del self._late[child.name]
            if said.fault:
                child.kill()  # its successor begins anew
            else:
                self._commit(child, said.attempt)
        elif child.name not in self._waiting or said.attempt != self._proposed:
            return
        elif said.fault:
            self._fail(said.fault)
        else:
            self._waiting.discard(child.name)
            self._prepared.add(child.name)
            self._commit_if_all_could()

    def gone(self, child: Child) -> None:
        self._late.pop(child.name, None)
        self._waiting.discard(child.name)
        self._prepared.discard(child.name)
        self._commit_if_all_could()

    def _commit_if_all_could(self) -> None:
        proposed = self._proposal
        if proposed is None or self._waiting:
            return
        self._finish(proposed.success, proposed.loaded)
        for child in self._children.serving:
            if child.name in self._prepared:
                self._commit(child, self._proposed)
            else:
                self.ready(child)

    def _commit(self, child: Child, attempt: int) -> None:
        child.link.send(Commit(attempt))
        child.generation = self.generation

    def _fail(self, why: str) -> None:
        proposed = self._proposal
        if proposed is None:
            return
        for child in self._children.serving:
            child.link.send(Discard(self._proposed))
        self._finish(proposed.failure(why), None)

    def _finish(self, outcome: Outcome, loaded: Loaded | None) -> None:
        self._proposal = None
        self._waiting = set()
        self.loaded = loaded or self.loaded
        took = time.monotonic() - self._began
        self.reloads = self.reloads.then(outcome, Timestamp(time.time()), took)
        answering, self._answering = self._answering, ()
        self._finished(Reloaded(self.reloads, outcome, loaded, answering))
