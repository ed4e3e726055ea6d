"""Supervisor: the parent, where there is more than one worker.

It owns the listening sockets, the configuration and the children, and touches no
traffic; so it stays small and has no reason to fail. One thread, no event loop:

    signals ─┐                  ┌─ start · replace · give up    (policy.restarts)
    children ┼─▶ select ─▶ act ─┼─ reload                       (server.reloading)
    the file ┘                  └─ leave: readiness, grace, drain, exit

The sockets stay open while a worker is replaced: connections wait, none is lost.
As PID 1 of a container it waits for orphans, too.
"""

import gc
import selectors
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial

from sidecar.policy.restarts import Ending, GiveUp, Restarts
from sidecar.server import assembly, desk, offspring
from sidecar.server.children import DESK, Child, Children
from sidecar.server.doors import door
from sidecar.server.estate import Estate
from sidecar.server.heartbeats import Heartbeats
from sidecar.server.launch import Launch
from sidecar.server.leaving import Leaving
from sidecar.server.listeners import listen
from sidecar.server.loop import loop_factory
from sidecar.server.messages import (
    Answer,
    AskAll,
    Committed,
    Draining,
    Failed,
    FromChild,
    Members,
    Prepared,
    Ready,
    Reloaded,
    Scarce,
    Standing,
    WantDrain,
    WantReload,
)
from sidecar.server.reload_log import tell
from sidecar.server.reloading import Reloading
from sidecar.server.signals import Signals
from sidecar.server.succession import Succession
from sidecar.server.switchboard import Switchboard
from sidecar.telemetry.log import Log
from sidecar.telemetry.prompt_lines import PromptLines
from sidecar.units import Instant, Seconds

FAILED = 1
STDERR = 2
# The longest sleep between two looks at what children say and do not say.
LOOK: Seconds = 1.0
# A worker whose loop stood still for so long is replaced.
STALLED: Seconds = 10.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def run(launch: Launch) -> int:
    """Serve with its workers until told to stop; the exit status."""
    for one in (*launch.opened.clients, *launch.opened.others):
        listen(one)
    with Signals(SIGNALS) as signals:
        return Supervisor(launch, signals).run()


class Supervisor:
    def __init__(self, launch: Launch, signals: Signals) -> None:
        self._signals = signals
        self._launch = launch
        now = self._now()
        self._heartbeats = Heartbeats(launch.workers)
        name = assembly.pseudonym()
        self._estate = Estate.of(launch, self._heartbeats, name, now)
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ, self._hear)
        self._children = Children(self._selector, self._told, signals.abandon)
        self._reloading = Reloading(
            launch.loaded, launch.read, self._children, self._reloaded
        )
        self._switchboard = Switchboard(self._children, self._members)
        self._succession = Succession(self._children, launch.loaded.config.memory)
        self._leaving = Leaving(self._children, launch.opened)
        self._restarts = Restarts()
        self._ended = Counter(dict.fromkeys(map(str, Ending), 0))
        self._vacant = dict.fromkeys(range(DESK, launch.workers), now)
        """Slots without a child, and when they are to be filled."""
        self._watch_at = Instant(now + launch.watch.pause)
        self._is_draining = False
        self._announced = False
        self._status: int | None = None
        self._log = Log(
            PromptLines(STDERR),
            plain=sys.stderr.isatty(),
            service=launch.loaded.config.telemetry.service or "",
        )

    def run(self) -> int:
        # All children share what is here by now for as long as nobody writes to
        # it, and the collector writes to what it looks at.
        loop_factory()
        door(self._launch.loaded.config.engine)
        gc.collect()
        gc.freeze()
        while self._status is None:
            self._fill()
            for key, events in self._selector.select(self._pause()):
                key.data(events)
            self._reap()
            self._look(self._now())
        for child in self._children:
            child.kill()
        return self._status

    def _fill(self) -> None:
        now = self._now()
        for slot in [slot for slot, at in self._vacant.items() if at <= now]:
            del self._vacant[slot]
            estate = replace(self._estate, loaded=self._reloading.loaded)
            if slot == DESK:
                body = partial(desk.live, estate, self._reloading.reloads)
            else:
                body = partial(offspring.live, estate, slot)
            self._children.start(slot, self._reloading.generation, now, body)

    def _pause(self) -> Seconds:
        due = [self._watch_at, *self._vacant.values()]
        return max(0.0, min(LOOK, min(due) - self._now()))

    def _hear(self, _events: int) -> None:
        for number in self._signals.read():
            if number == signal.SIGHUP:
                self._reloading.want()
            elif number in (signal.SIGTERM, signal.SIGINT):
                # On a terminal nobody watches our readiness.
                self._leave(grace=number == signal.SIGTERM)

    def _told(self, child: Child, message: FromChild) -> None:
        match message:
            case Ready():
                self._ready(child)
            case Failed(why):
                child.why = why
            case Standing() | Answer() | AskAll():
                self._switchboard.told(child, message)
            case Scarce():
                self._succession.wanted(child, self._now())
            case Prepared() | Committed():
                self._reloading.told(child, message)
            case WantReload(number):
                self._reloading.want(number)
            case WantDrain():
                self._drain()

    def _ready(self, child: Child) -> None:
        child.ready = True
        if child.slot != DESK:
            self._restarts.ready()
            self._reloading.ready(child)
            if self._is_draining:
                child.link.send(Draining())
        self._switchboard.news()
        if not self._announced and all(one.ready for one in self._children):
            self._announced = not self._vacant
            if self._announced:
                sys.stderr.write(self._launch.opened.ready_line)
                sys.stderr.flush()

    def _reloaded(self, message: Reloaded) -> None:
        tell(self._log, message.outcome, message.loaded, self._launch.workers)
        if (found := self._children.desk) is not None:
            found.link.send(message)

    def _look(self, now: Instant) -> None:
        for child in self._children.workers:
            beat = self._heartbeats.last(child.slot)
            if child.silence.look(beat, now) >= STALLED and not child.stalled:
                child.stalled = True
                child.kill()
        if now >= self._watch_at:
            if self._launch.watch.changed():
                self._reloading.want()
            self._watch_at = Instant(now + self._launch.watch.pause)
        self._reloading.step(now)
        if self._leaving.begun and self._leaving.is_over(now):
            self._status = 0

    def _reap(self) -> None:
        for child, status in self._children.reaped():
            self._reloading.gone(child)
            if not self._leaving.begun:
                self._replace(child, status)
            self._switchboard.news()

    def _replace(self, child: Child, status: int) -> None:
        why, reason = child.cause(status), child.ending(status)
        if child.slot != DESK:
            self._ended[reason] += 1
        others = any(one is not child for one in self._children.serving)
        again = self._restarts.ended(
            self._now(), was_ready=child.ready, others_serve=others
        )
        self._log.error(
            "child ended", name=child.name, pid=child.pid, reason=str(reason), why=why
        )
        if isinstance(again, GiveUp):
            self._status = FAILED
            sys.stderr.write(
                f"sidecar: given up after {again.failures} starts in a row: {why}\n"
            )
        else:
            self._vacant[child.slot] = again.at

    def _drain(self) -> None:
        """Be not ready, and go on serving."""
        self._is_draining = True
        self._switchboard.news()
        for child in self._children.serving:
            child.link.send(Draining())

    def _leave(self, *, grace: bool) -> None:
        if self._leaving.begun:
            self._leaving.hurry(self._now())
            return
        self._is_draining = True
        self._switchboard.news()
        self._vacant.clear()
        shutdown = self._reloading.loaded.config.shutdown
        longest = shutdown.grace + shutdown.timeout
        self._leaving.begin(longest, self._now(), grace=grace)

    def _members(self) -> Members:
        return Members(
            size=self._launch.workers,
            ready={child.name: child.pid for child in self._children.serving},
            restarts=dict(self._ended),
            draining=self._is_draining,
        )

    def _now(self) -> Instant:
        return Instant(time.monotonic())
