"""Tally: what was done to a response, and who counts it (`telemetry.lightness`).

What is made in a thread is counted on the event loop.
"""

from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from sidecar.policy.compression import Skipped
from sidecar.policy.pressure import GivenUp, Level, Pressure
from sidecar.proxy.rendering import Rendered
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes


class Tally(Protocol):
    def coded(self, coding: bytes, before: Bytes, after: Bytes, /) -> None: ...
    def skipped(self, reason: Skipped, /) -> None: ...
    def not_modified(self) -> None: ...


class Uncompressed:
    """The tally of a route that compresses nothing, whatever the response is."""

    __slots__ = ("_tally", "coded", "not_modified")

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.coded = tally.coded
        self.not_modified = tally.not_modified

    def skipped(self, _reason: Skipped, /) -> None:
        self._tally.skipped(Skipped.OFF)


class Coded(NamedTuple):
    coding: bytes
    before: Bytes
    after: Bytes


Made: TypeAlias = tuple[ResponseHead, bytes, Coded | Skipped | None]
"""A rendered response, and what was done; None: it is a 304."""


class Counting:
    """A route's tally, and what was given up so that the process keeps up."""

    __slots__ = ("_pressure", "_tally", "not_modified", "small")

    def __init__(self, tally: Tally, pressure: Pressure) -> None:
        self._tally = tally
        self._pressure = pressure
        self.not_modified = tally.not_modified
        self.small = partial(tally.skipped, Skipped.SMALL)
        """What becomes of most responses."""

    def coded(self, coding: bytes, before: Bytes, after: Bytes) -> None:
        self._tally.coded(coding, before, after)
        if self._pressure.level >= Level.LEVELS:
            self._pressure.gave_up(GivenUp.LEVEL)

    def skipped(self, reason: Skipped) -> None:
        self._tally.skipped(reason)
        if reason is Skipped.BUSY:
            self._pressure.gave_up(GivenUp.COMPRESSION)

    def unselected(self) -> None:
        """There was no time to select from a document."""
        self._pressure.gave_up(GivenUp.SELECTION)

    def made(self, made: Made) -> Rendered:
        """Count a rendered response."""
        head, content, done = made
        if isinstance(done, Coded):
            self.coded(*done)
        elif done is not None:
            self.skipped(done)
        else:
            self.not_modified()
        return head, content
