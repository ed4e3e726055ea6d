"""Reloads: what the file was read anew for, how that ended, and what is in effect.

A reload is all or nothing: the file is read and checked, every worker makes ready
what it says, and only then all of them serve by it. Plain values that travel
between processes; who carries a reload out is `server.reloading`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sidecar.config.fixed import with_fixed
from sidecar.config.load import Loaded
from sidecar.config.mistakes import ConfigError, Mistake
from sidecar.units import Seconds, Timestamp

Read = Callable[[], Loaded]
"""Read the configuration anew, as it was read at the start. Raises ConfigError."""


class Result(StrEnum):
    """How a reload ended; the label in `sidecar_config_reloads_total`."""

    SUCCESS = "success"
    INVALID = "invalid"
    """There are mistakes in the file."""
    FAILED = "failed"
    """The file is well formed, and a worker cannot serve by it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one reload."""

    result: Result
    generation: int
    """Of the configuration that is in effect now."""
    mistakes: tuple[Mistake, ...] = ()
    why: str = ""
    needs_restart: tuple[str, ...] = ()
    """Keys that have another value in the file than in effect."""


@dataclass(frozen=True, slots=True)
class Reloads:
    """All of them until now. `at`: when what is in effect was loaded."""

    at: Timestamp
    took: Seconds = 0.0
    """How long the last one took."""
    generation: int = 1
    counts: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(map(str, Result), 0)
    )
    last: Outcome | None = None

    @property
    def successful(self) -> bool:
        """Whether the file, when it was last read, went into effect."""
        return self.last is None or self.last.result is Result.SUCCESS

    def then(self, outcome: Outcome, now: Timestamp, took: Seconds) -> "Reloads":
        count = self.counts.get(outcome.result, 0) + 1
        counts = {**self.counts, str(outcome.result): count}
        at = now if outcome.result is Result.SUCCESS else self.at
        return replace(
            self,
            at=at,
            took=took,
            generation=outcome.generation,
            counts=counts,
            last=outcome,
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration without mistakes that is not in effect yet."""

    generation: int
    loaded: Loaded
    needs_restart: tuple[str, ...]

    @property
    def success(self) -> Outcome:
        return Outcome(
            Result.SUCCESS, self.generation, needs_restart=self.needs_restart
        )

    def failure(self, why: str) -> Outcome:
        return Outcome(Result.FAILED, self.generation - 1, why=why)


def proposal(read: Read, running: Loaded, generation: int) -> Proposal | Outcome:
    """Read the file anew; the outcome, if that is where it ends."""
    try:
        new = read()
    except ConfigError as error:
        return Outcome(Result.INVALID, generation, mistakes=tuple(error.mistakes))
    if new.says_nothing and not running.says_nothing:
        # Whoever writes a file empties it first: the defaults are not what is meant.
        return Outcome(Result.INVALID, generation, (_emptied(new),))
    new, needs_restart = with_fixed(new, running)
    return Proposal(generation + 1, new, needs_restart)


def _emptied(loaded: Loaded) -> Mistake:
    said = "the file is empty, and was not before"
    hint = "what it said stays in effect; a restart would take the defaults"
    return Mistake(str(loaded.path), 0, 0, "", said, hint)
