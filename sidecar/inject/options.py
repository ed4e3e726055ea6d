"""Options: what `sidecar inject` is told, and what it says afterwards."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sidecar import __version__
from sidecar.units import Seconds

NATIVE_SINCE: Final = (1, 29)
"""From this version, an init container may stay: a native sidecar."""
SLEEP_SINCE: Final = (1, 30)
"""From this version, a hook may sleep without a program in the image."""


@dataclass(frozen=True, slots=True)
class Options:
    """`containers`, `services` and `port`: what to stand before, if not what shows.

    `wait`: how long the application goes on after the pod was told to end. `drain`: how
    long a sidecar with this `config` may take to end, where it is not ours.
    """

    image: str = f"sidecar:{__version__}"
    config: str | None = None
    config_name: str = "./sidecar.yaml"
    containers: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    port: int | None = None
    kubernetes: tuple[int, int] = (1, 33)
    native: bool = True
    listen: int = 15080
    health: int = 15081
    wait: Seconds = 10
    drain: Seconds | None = None

    @property
    def is_native(self) -> bool:
        return self.native and self.kubernetes >= NATIVE_SINCE

    @property
    def chosen(self) -> bool:
        """Whether the workload or service was named."""
        return bool(self.containers or self.services)


class Outcome(StrEnum):
    """What became of one object."""

    INJECTED = "injected"
    CHANGED = "changed"
    LEFT = "left alone"
    PRESENT = "in already"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done, or not, and why."""

    about: str
    outcome: Outcome
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.outcome}: {self.text}"


@dataclass(slots=True)
class Notes:
    """What is told of one run, in order."""

    found: list[Note] = field(default_factory=list)

    def say(self, about: str, outcome: Outcome, text: str) -> None:
        self.found.append(Note(about, outcome, text))

    @property
    def left(self) -> list[Note]:
        return [note for note in self.found if note.outcome is Outcome.LEFT]

    @property
    def standing(self) -> bool:
        """Whether there is a sidecar, be it of now or of before."""
        return any(
            note.outcome in (Outcome.INJECTED, Outcome.PRESENT) for note in self.found
        )

    @property
    def injected(self) -> int:
        return sum(note.outcome is Outcome.INJECTED for note in self.found)
