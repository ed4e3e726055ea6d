"""Run: one target, or two in turns, so that what the machine does hits both alike."""

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TextIO

from sidecar.loadtest.open_loop import OpenLoop, Plan, Watch
from sidecar.loadtest.tally import Tally
from sidecar.loadtest.target import Target
from sidecar.units import Seconds

SLICE: Seconds = 1.0
"""How long it is one target's turn."""
WARM_UP: Seconds = 1.0
_SHORT = 5
"""The warm-up is at most this part of the whole."""


@dataclass(frozen=True, slots=True)
class Outcome:
    plan: Plan
    duration: Seconds
    tallies: tuple[Tally, ...]
    watch: Watch


class Line:
    """Progress, on one line of a terminal, twice a second."""

    def __init__(self, out: TextIO, whole: Seconds) -> None:
        self._out = out
        self._whole = whole
        self._begun = self._last = time.monotonic()

    def show(self, tally: Tally) -> None:
        now = time.monotonic()
        if now - self._last < 0.5:  # noqa: PLR2004
            return
        self._last = now
        elapsed = f"{now - self._begun:.0f} of {self._whole:.0f} s"
        said = f"{tally.name}: {tally.good} good, {tally.failed} failed"
        self._out.write(f"\r\x1b[K{elapsed}, {said}")
        self._out.flush()

    def clear(self) -> None:
        self._out.write("\r\x1b[K")


def run(targets: Sequence[Target], plan: Plan, duration: Seconds) -> Outcome:
    """Ask each of the targets for so long, in turns."""
    warm_up = min(WARM_UP, duration / _SHORT)
    line = Line(sys.stderr, (duration + warm_up) * len(targets))
    show = line.show if sys.stderr.isatty() else _nobody
    with ExitStack() as stack:
        for target in targets:
            with closing(OpenLoop(target, plan, Watch(), show)) as first:
                first.run(warm_up)
        watch = Watch()
        loops = [
            stack.enter_context(closing(OpenLoop(target, plan, watch, show)))
            for target in targets
        ]
        for turn in _turns(duration if len(loops) == 1 else SLICE, duration):
            for loop in loops:
                loop.run(turn)
    if sys.stderr.isatty():
        line.clear()
    return Outcome(plan, duration, tuple(loop.tally for loop in loops), watch)


def _turns(longest: Seconds, duration: Seconds) -> list[Seconds]:
    """Turns of the same length, at most `longest`."""
    count = max(1, -int(-duration // longest))
    return [duration / count] * count


def _nobody(_tally: Tally) -> None:
    """No terminal, no line."""
