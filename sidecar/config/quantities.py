"""Quantities: durations, sizes, rates and ratios as the configuration writes them.

Each parser takes what YAML gave, returns one plain value (seconds, bytes, `Rate`,
a share from 0 to 1) and says with examples what it could not read. Each formatter
writes the shortest text that its parser reads back as the same value.
"""

import math
import re
from dataclasses import dataclass

from sidecar.units import Bytes, Seconds

_DURATION_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
DURATION_PATTERN = (
    r"^(?=\d)(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?"
    r"(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$"
)
_DURATION = re.compile(DURATION_PATTERN, re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])", re.ASCII)
LONGEST: Seconds = 10 * 365 * 86_400.0  # longer is a typing mistake

_SIZE_UNITS = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
SIZE_PATTERN = r"^\d+(\.\d+)?\s?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s?([A-Za-z]+)", re.ASCII)
LARGEST: Bytes = 2**50  # fits an off_t many times over

RATE_PATTERN = r"^\d+/\d*(ms|s|m|h|d)$"
_RATE = re.compile(r"(\d{1,12})/(\d{0,9})(ms|[dhms])", re.ASCII)

RATIO_PATTERN = r"^\d+(\.\d+)?%$"
_RATIO = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in each period."""

    count: int
    period: Seconds

    def __str__(self) -> str:
        period = duration_text(self.period)
        return (
            f"{self.count}/{period.removeprefix('1') if _is_unit(period) else period}"
        )


def duration(value: object) -> Seconds:
    """Return seconds, from 0 to `LONGEST`."""
    seconds = _number(value)
    if seconds is None and isinstance(value, str) and _DURATION.match(value):
        parts = _DURATION_PART.findall(value)
        seconds = math.fsum(float(n) * _DURATION_UNITS[unit] for n, unit in parts)
    if seconds is None:
        raise ValueError(
            f"not a duration: {shown(value)} (examples: 250ms, 30s, 1m30s, 2h, 7d)"
        )
    if not 0 <= seconds <= LONGEST:
        raise ValueError(
            f"a duration is between 0 and {duration_text(LONGEST)}, not {shown(value)}"
        )
    return seconds


def size(value: object) -> Bytes:
    """Return bytes, from 0 to `LARGEST`."""
    found = _number(value)
    if found is None and isinstance(value, str) and (m := _SIZE.fullmatch(value)):
        if m[2] not in _SIZE_UNITS:
            raise ValueError(
                f"not a size: {shown(value)} has the unit {m[2]!r}"
                f" (units: {', '.join(_SIZE_UNITS)})"
            )
        found = float(m[1]) * _SIZE_UNITS[m[2]]
    if found is None:
        raise ValueError(
            f"not a size: {shown(value)} (examples: 500KB, 64KiB, 10MiB, 1GiB)"
        )
    if not 0 <= found <= LARGEST or found != int(found):
        raise ValueError(
            f"a size is a whole number of bytes up to {size_text(LARGEST)},"
            f" not {shown(value)}"
        )
    return int(found)


def rate(value: object) -> Rate:
    """Return how many in which period; both above 0."""
    if not isinstance(value, str) or not (match := _RATE.fullmatch(value)):
        raise ValueError(
            f"not a rate: {shown(value)} (examples: 10/s, 100/15m, 1000/h)"
        )
    count = int(match[1])
    period = int(match[2] or 1) * _DURATION_UNITS[match[3]]
    if count < 1 or not 0 < period <= LONGEST:
        raise ValueError(f"a rate has a count and a period above 0: {shown(value)}")
    return Rate(count, period)


def ratio(value: object) -> float:
    """Return a share from 0 to 1."""
    found = _number(value)
    if found is None and isinstance(value, str) and (m := _RATIO.fullmatch(value)):
        found = float(m[1]) / 100
    if found is None or not 0 <= found <= 1:
        raise ValueError(
            f"not a ratio: {shown(value)} (examples: 50%, 0.5; from 0% to 100%)"
        )
    return found


def duration_text(seconds: Seconds) -> str:
    """Write seconds in the largest unit that needs no fraction."""
    for unit, length in _DURATION_UNITS.items():
        number = round(seconds / length)
        if number and math.isclose(number * length, seconds, rel_tol=1e-12):
            return f"{number}{unit}"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"


def size_text(count: Bytes) -> str:
    """Write bytes in the largest binary, then decimal, unit that divides them."""
    for unit in ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "KB"):
        if count and count % _SIZE_UNITS[unit] == 0:
            return f"{count // _SIZE_UNITS[unit]}{unit}"
    return f"{count}B"


def ratio_text(share: float) -> str:
    return f"{share * 100:.6f}".rstrip("0").rstrip(".") + "%"


def shown(value: object) -> str:
    """Show a value from the file in a message: short, and on one line."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)[:_SHOWN]
    text = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    return repr(text)


def _number(value: object) -> float | None:
    """A finite number that is not a boolean."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _is_unit(text: str) -> bool:
    return text[:1] == "1" and text[1:] in _DURATION_UNITS
