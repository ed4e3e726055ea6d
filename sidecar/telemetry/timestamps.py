"""Timestamps: RFC 3339 in UTC with milliseconds, as all logs and documents show."""

from time import gmtime, strftime


def rfc3339(seconds: float) -> str:
    """Return the Unix time `seconds` as `2026-11-22T10:15:30.250Z`."""
    whole = int(seconds // 1)
    stamp = strftime("%Y-%m-%dT%H:%M:%S", gmtime(whole))
    return f"{stamp}.{int((seconds - whole) * 1000):03d}Z"
