"""Lightness: what compression and 304 saved, and why not more.

Labels are bounded: codings and reasons come from the code.
"""

from collections.abc import Iterator

from sidecar.telemetry import families as known
from sidecar.telemetry.snapshot import Row
from sidecar.units import Bytes


class Lightness:
    """What one worker's routes have in common."""

    def __init__(self) -> None:
        self.coded_bytes: dict[bytes, tuple[Bytes, Bytes]] = {}
        """For each coding, what went in and what came out."""
        self.refined_bytes: dict[bytes, tuple[int, Bytes, Bytes]] = {}
        """For each coding, how many bodies were made smaller, their bytes before and
        after."""
        self.skips: dict[str, int] = {}

    def refined(self, coding: bytes, before: Bytes, after: Bytes) -> None:
        count, read, written = self.refined_bytes.get(coding, (0, 0, 0))
        self.refined_bytes[coding] = count + 1, read + before, written + after

    def rows(self) -> Iterator[Row]:
        for coding, (before, after) in list(self.coded_bytes.items()):
            name = coding.decode("ascii")
            yield known.COMPRESSION_BYTES.name, (name, "in"), before
            yield known.COMPRESSION_BYTES.name, (name, "out"), after
        for coding, (count, before, after) in list(self.refined_bytes.items()):
            name = coding.decode("ascii")
            yield known.REFINED.name, (name,), count
            yield known.REFINED_BYTES.name, (name, "in"), before
            yield known.REFINED_BYTES.name, (name, "out"), after
        for reason, count in list(self.skips.items()):
            yield known.COMPRESSION_SKIPPED.name, (reason,), count


class RouteLightness:
    """What one route counts; `confirmed` are its 304s."""

    __slots__ = ("_all", "confirmed", "name")

    def __init__(self, name: str, lightness: Lightness) -> None:
        self.name = name
        self.confirmed = 0
        self._all = lightness

    def coded(self, coding: bytes, before: Bytes, after: Bytes) -> None:
        found = self._all.coded_bytes
        read, written = found.get(coding, (0, 0))
        found[coding] = (read + before, written + after)

    def skipped(self, reason: str) -> None:
        skips = self._all.skips
        skips[reason] = skips.get(reason, 0) + 1

    def not_modified(self) -> None:
        self.confirmed += 1

    def rows(self) -> Iterator[Row]:
        yield known.NOT_MODIFIED.name, (self.name,), self.confirmed
