"""The combined format, as tools for Apache and nginx read it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.access_line import LINE
from sidecar.telemetry.combined_line import CombinedLine
from sidecar.units import Timestamp
from tests.telemetry.exchanges import finished, head

NOW = Timestamp(1_763_780_130.25)
COMBINED = re.compile(
    rb'(\S+) - - \[([^]]+)\] "([^"]*)" (\d+) (\d+) "([^"]*)" "([^"]*)"\n'
)


def rendered(exchange, *redact):
    line = CombinedLine(redact=frozenset(redact))(exchange, NOW)
    assert len(line) <= LINE
    match = COMBINED.fullmatch(line)
    assert match, line
    return match.groups()


def test_a_request():
    request = head(
        target=b"/p?key=1", referer=b"http://a/?token=x", user_agent=b"curl/8"
    )
    assert rendered(finished(request=request)) == (
        b"192.0.2.7",
        b"22/Nov/2025:02:55:30 +0000",
        b"GET /p?key=[redacted] HTTP/1.1",
        b"200",
        b"1000",
        b"http://a/?token=[redacted]",
        b"curl/8",
    )


@pytest.mark.parametrize(
    ("rule", "value", "shown"),
    [
        ("a quote", b'a"b', b"a\\x22b"),
        ("a backslash", b"a\\b", b"a\\x5Cb"),
        ("a line break", b"a\r\nb", b"a\\x0D\\x0Ab"),
        ("an escape sequence", b"\x1b[31m", b"\\x1B[31m"),
        ("beyond ASCII", b"\xe9", b"\\xE9"),
        ("absent", None, b"-"),
    ],
)
def test_values(rule, value, shown):
    fields = {} if value is None else {"user_agent": value}
    assert rendered(finished(request=head(**fields)))[-1] == shown


def test_a_field_that_the_file_redacts_is_not_shown():
    exchange = finished(request=head(user_agent=b"canary"))
    assert rendered(exchange, b"user-agent")[-1] == b"[redacted]"


def test_a_unix_socket_has_no_address():
    assert rendered(finished(client=""))[0] == b"-"


def test_the_widest_of_everything_still_fits():
    wide = b"\x01" * 9000
    request = head(wide, wide, referer=wide, user_agent=wide)
    shown = rendered(finished(request=request, client="\U0001f600" * 900))
    assert shown[2].startswith(b"\\x01")


BYTES = st.binary(max_size=9000)


@given(BYTES, BYTES, BYTES, st.text(st.characters(), max_size=500))
def test_any_bytes_make_one_short_line(target, referer, agent, client):
    request = head(target=target, referer=referer, user_agent=agent)
    rendered(finished(request=request, client=client))
