"""Family: a metric, its labels, and how the values of several workers add up."""

from dataclasses import dataclass
from enum import StrEnum

from sidecar.units import Seconds


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Over(StrEnum):
    """What the values of several workers become."""

    SUM = "sum"
    MAX = "max"
    EACH = "each"  # they stay apart, under the label `worker`


@dataclass(frozen=True, slots=True)
class Family:
    """Counters and histograms are always sums; counters are called `…_total`."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[Seconds, ...] = ()
    over: Over = Over.SUM


def counter(name: str, text: str, *labels: str) -> Family:
    return Family(name, Kind.COUNTER, text, labels)


def gauge(name: str, text: str, *labels: str, over: Over = Over.SUM) -> Family:
    return Family(name, Kind.GAUGE, text, labels, over=over)


def histogram(
    name: str, text: str, bounds: tuple[Seconds, ...], *labels: str
) -> Family:
    return Family(name, Kind.HISTOGRAM, text, labels, bounds)


def each(name: str, text: str) -> Family:
    return gauge(name, text, "worker", over=Over.EACH)
