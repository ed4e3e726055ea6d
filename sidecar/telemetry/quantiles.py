"""Quantiles: average and percentiles since the start, read from a histogram.

Linear within a bucket, as Prometheus' `histogram_quantile` does, so that both
tell the same. What exceeds the last bound reads as that bound.
"""

from dataclasses import dataclass

from sidecar.telemetry.histogram import Histogram
from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class Summary:
    """`None` where nothing was counted yet."""

    count: int
    avg: Seconds | None
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None


def quantile(histogram: Histogram, share: float) -> Seconds | None:
    """The duration that this share (0…1) of what was counted did not exceed."""
    cumulative = histogram.cumulative()
    if not cumulative[-1]:
        return None
    rank = share * cumulative[-1]
    lower, below = 0.0, 0
    for bound, upto in zip(histogram.bounds, cumulative, strict=False):
        if upto >= rank and upto > below:
            return lower + (bound - lower) * (rank - below) / (upto - below)
        lower, below = bound, upto
    return histogram.bounds[-1]


def share(histogram: Histogram, value: Seconds) -> float | None:
    """The share (0…1) of what was counted that took no longer; `quantile` turned
    around.
    """
    total, below, lower = histogram.count, 0, 0.0
    if not total:
        return None
    for bound, count in zip(histogram.bounds, histogram.counts, strict=False):
        if value < bound:
            return (below + count * (value - lower) / (bound - lower)) / total
        below, lower = below + count, bound
    return 1.0


def summary(histogram: Histogram) -> Summary:
    count = histogram.count
    return Summary(
        count=count,
        avg=histogram.sum / count if count else None,
        p50=quantile(histogram, 0.50),
        p95=quantile(histogram, 0.95),
        p99=quantile(histogram, 0.99),
    )
