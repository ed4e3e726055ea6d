"""Dates of HTTP: Date, Expires, Last-Modified and the conditions made of them.

RFC 9110 §5.6.7: three forms are read, one is written. Case is nothing to a
cache, and a zone other than GMT makes the date invalid (RFC 9111 §4.2).
"""

import re
from calendar import timegm
from email.utils import formatdate

from sidecar.units import Timestamp

_MONTHS = {
    month: number
    for number, month in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_TIME = rb"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rb"(?:mon|tue|wed|thu|fri|sat|sun), "
        rb"(?P<day>\d\d) (?P<month>[a-z]{3}) (?P<year>\d{4}) " + _TIME + rb" gmt",
        rb"(?:mon|tues|wednes|thurs|fri|satur|sun)day, "
        rb"(?P<day>\d\d)-(?P<month>[a-z]{3})-(?P<year>\d\d) " + _TIME + rb" gmt",
        rb"(?:mon|tue|wed|thu|fri|sat|sun) "
        rb"(?P<month>[a-z]{3}) (?P<day>[ \d]\d) " + _TIME + rb" (?P<year>\d{4})",
    )
)
# The longest form is that of a Wednesday in RFC 850; longer is not looked at.
_LONGEST = 33
# Years of two digits are at most 50 years ahead (§5.6.7): good until 2050.
_CENTURY, _PIVOT = 100, 70
_LEAP_SECOND = 60


def parse(value: bytes) -> Timestamp | None:
    """Return the moment a date names, in whole seconds; None where it is none."""
    if len(value) > _LONGEST:
        return None
    text = value.lower()
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _moment(match)
    return None


def write(moment: Timestamp) -> bytes:
    """Return an IMF-fixdate, at or before `moment`."""
    return formatdate(int(moment), usegmt=True).encode("ascii")


def _moment(match: re.Match[bytes]) -> Timestamp | None:
    month = _MONTHS.get(match["month"])
    year, day = int(match["year"]), int(match["day"])
    hour, minute, second = (int(match[part]) for part in ("hour", "minute", "second"))
    if year < _CENTURY and len(match["year"]) == len("94"):
        year += 1900 if year >= _PIVOT else 2000
    if month is None or hour > 23 or minute > 59 or second > _LEAP_SECOND:  # noqa: PLR2004
        return None
    if not 1 <= day <= _days(year, month) or not year:
        return None
    return Timestamp(float(timegm((year, month, day, hour, minute, second))))


def _days(year: int, month: int) -> int:
    if month == 2:  # noqa: PLR2004
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31
