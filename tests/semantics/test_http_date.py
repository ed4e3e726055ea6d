import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.http_date import parse, write
from sidecar.units import Timestamp


@pytest.mark.parametrize(
    ("rule", "value", "moment"),
    [
        ("IMF-fixdate", b"Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("RFC 850", b"Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("asctime", b"Sun Nov  6 08:49:37 1994", 784111777),
        ("two digits of this century", b"Sunday, 06-Nov-22 08:49:37 GMT", 1667724577),
        ("the case is nothing", b"sUN, 06 nOV 1994 08:49:37 gmt", 784111777),
        ("beyond 32 bits", b"Sun, 06 Nov 2044 08:49:37 GMT", 2362034977),
        ("the last there is", b"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799),
        ("a leap day", b"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800),
        ("a leap second", b"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800),
        ("before 1970", b"Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("no leap day", b"Wed, 29 Feb 2023 00:00:00 GMT", None),
        ("nor every hundred years", b"Thu, 29 Feb 1900 00:00:00 GMT", None),
        ("UTC is another zone", b"Sun, 06 Nov 1994 08:49:37 UTC", None),
        ("any other, too", b"Sun, 06 Nov 1994 08:49:37 AEST", None),
        ("an offset", b"Sun, 06 Nov 1994 08:49:37 +0000", None),
        ("no comma", b"Sun 06 Nov 1994 08:49:37 GMT", None),
        ("spaces", b"Sun, 06  Nov  1994 08:49:37 GMT", None),
        ("dashes", b"Sun, 06-Nov-1994 08:49:37 GMT", None),
        ("periods", b"Sun, 06 Nov 1994 08.49.37 GMT", None),
        ("one digit of an hour", b"Sun, 06 Nov 1994 8:49:37 GMT", None),
        ("two of a year", b"Sun, 06 Nov 94 08:49:37 GMT", None),
        ("the hour 24", b"Sun, 06 Nov 1994 24:00:00 GMT", None),
        ("the minute 60", b"Sun, 06 Nov 1994 08:60:00 GMT", None),
        ("the day 0", b"Sun, 00 Nov 1994 08:49:37 GMT", None),
        ("the year 0", b"Sun, 06 Nov 0000 08:49:37 GMT", None),
        ("no month", b"Sun, 06 Foo 1994 08:49:37 GMT", None),
        ("two dates", b"Sun, 06 Nov 1994 08:49:37 GMT, " * 2, None),
        ("zero", b"0", None),
        ("nothing", b"", None),
        ("digits of Unicode", "Sun, ٠٦ Nov 1994 08:49:37 GMT".encode(), None),
    ],
)
def test_parse(rule, value, moment):
    assert parse(value) == moment, rule


@given(st.integers(0, 253402300799))
def test_what_is_written_is_read(moment):
    assert parse(write(Timestamp(float(moment)))) == moment


def test_writing_rounds_down():
    assert write(Timestamp(784111777.9)) == b"Sun, 06 Nov 1994 08:49:37 GMT"


@given(st.binary(max_size=40))
def test_anything_is_read_without_raising(value):
    assert parse(value) is None or value.strip()
