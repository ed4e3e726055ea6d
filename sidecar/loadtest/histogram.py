"""Histogram: latencies in buckets whose width grows with them, as HdrHistogram's do.

Exact below 256 µs, within 0.8 % above; as large as what was seen is different, not as
what was seen.
"""

from sidecar.units import Seconds

_FINE = 7  # 128 buckets for each doubling
_EXACT = 1 << (_FINE + 1)
_MICRO = 1_000_000


class Histogram:
    def __init__(self) -> None:
        self.count = 0
        self.largest: Seconds = 0.0
        self._sum: Seconds = 0.0
        self._buckets: dict[int, int] = {}

    def add(self, seconds: Seconds) -> None:
        """Count one latency; what is below nothing is nothing."""
        seconds = max(seconds, 0.0)
        micros = int(seconds * _MICRO)
        if micros >= _EXACT:
            shift = micros.bit_length() - _FINE - 1
            micros = (shift << _FINE) + (micros >> shift)
        self._buckets[micros] = self._buckets.get(micros, 0) + 1
        self.count += 1
        self._sum += seconds
        self.largest = max(self.largest, seconds)

    @property
    def mean(self) -> Seconds | None:
        return self._sum / self.count if self.count else None

    def quantile(self, share: float) -> Seconds | None:
        """What so many of them took at most; None where there are none."""
        if not self.count:
            return None
        wanted, seen = share * self.count, 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(_highest(bucket), self.largest)
        return self.largest


def _highest(bucket: int) -> Seconds:
    """The upper end of a bucket."""
    if bucket < _EXACT:
        return (bucket + 1) / _MICRO
    shift = (bucket >> _FINE) - 1
    fine = bucket - (shift << _FINE)
    return ((fine + 1) << shift) / _MICRO
