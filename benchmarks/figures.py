"""Figures: samples of rounds, and what they come to.

A sample is compared with the peer's sample of the same round only: what the machine
did to one, it did to the other. The median of those ratios is the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, and between which values eight of ten samples lie."""

    p50: float
    p10: float
    p90: float


def quantile(samples: Sequence[float], q: float) -> float:
    """Return the `q`-quantile, between neighbours linearly. Needs one sample."""
    ordered = sorted(samples)
    position = q * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def spread(samples: Sequence[float]) -> Spread:
    """Return the median of `samples` and their p10 and p90."""
    return Spread(median(samples), quantile(samples, 0.1), quantile(samples, 0.9))


def ratios(samples: Sequence[float], peer: Sequence[float]) -> list[float]:
    """Return sample by sample of the same round; a round with a zero is left out."""
    return [
        ours / theirs
        for ours, theirs in zip(samples, peer, strict=True)
        if ours > 0 and theirs > 0
    ]


@dataclass(slots=True)
class Series:
    """One quantity of one row, round by round, for every contestant."""

    unit: str
    more_is_better: bool = False
    samples: dict[str, list[float]] = field(default_factory=dict)

    def add(self, contestant: str, sample: float) -> None:
        """Add the sample of the next round."""
        self.samples.setdefault(contestant, []).append(sample)


@dataclass(slots=True)
class Result:
    """What one row came to; ratios are given to `reference`, where there is one."""

    key: str
    title: str
    main: Series
    reference: str = ""
    beside: Series | None = None  # shown next to it, without ratios
    failed: dict[str, str] = field(default_factory=dict)
    note: str = ""
