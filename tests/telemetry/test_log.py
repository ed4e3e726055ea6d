"""The sidecar's own events, one safe line each."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.log import FIELDS, Bridge, Level, Log
from sidecar.telemetry.pacing import Pace
from tests.telemetry.exchanges import Diary


def library_logger(events):
    """A logger outside of the tree of loggers, so that no other test hears it."""
    library = logging.Logger("aiohttp.server")  # noqa: LOG001
    library.addHandler(Bridge(events))
    return library


def log(**options):
    diary = Diary()
    return Log(diary, clock=lambda: 1_763_780_130.25, **options), diary.lines


def test_json():
    events, lines = log(service="shop")
    events.warning("upstream is down", upstream="app", failures=3, share=0.5)
    assert [json.loads(line) for line in lines] == [
        {
            "timestamp": "2025-11-22T02:55:30.250Z",
            "level": "warning",
            "event": "upstream is down",
            "upstream": "app",
            "failures": 3,
            "share": 0.5,
            "service": "shop",
        }
    ]


def test_plain():
    events, lines = log(plain=True)
    events.info("listening", address="0.0.0.0:8080", tls=False, limit=None)
    assert lines == [
        b'02:55:30 INFO    listening address="0.0.0.0:8080" tls=false limit=null\n'
    ]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        (Level.DEBUG, ["debug", "info", "warning", "error"]),
        (Level.INFO, ["info", "warning", "error"]),
        (Level.ERROR, ["error"]),
    ],
)
def test_levels(level, written):
    events, lines = log(level=level)
    for name in ("debug", "info", "warning", "error"):
        getattr(events, name)("something")
    assert [json.loads(line)["level"] for line in lines] == written


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_json_does_not_know_is_null(value):
    events, lines = log()
    events.info("x", value=value)
    assert json.loads(lines[0])["value"] is None


VALUES = st.one_of(
    st.text(st.characters()), st.binary(), st.floats(), st.integers(), st.booleans()
)


@given(st.text(st.characters(), max_size=2000), VALUES, st.booleans())
def test_any_value_makes_one_line(event, value, plain):
    events, lines = log(plain=plain)
    events.info(event, value=value)
    [line] = lines
    assert line.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    if not plain:
        assert "value" in json.loads(line)


def test_lines_are_bounded():
    events, lines = log()
    events.info("x", **{f"f{number}": "\x01" * 10_000 for number in range(100)})
    assert len(lines[0]) < FIELDS * 512 * 6 + 1000


def test_libraries_log_through_the_bridge():
    events, lines = log()
    library = library_logger(events)
    library.debug("not this")
    library.warning("odd\n%s", "request")
    error = ValueError("canary\nof two lines")
    library.critical("failed", exc_info=error)
    odd, failed = map(json.loads, lines)
    assert (odd["level"], odd["event"]) == ("warning", "odd\nrequest")
    assert odd["logger"] == "aiohttp.server"
    assert (failed["level"], failed["event"]) == ("error", "failed")
    assert "ValueError: canary\nof two lines" in failed["traceback"]


def test_a_broken_message_of_a_library_does_no_harm():
    events, lines = log()
    library = library_logger(events)
    library.warning("%d", "no number")
    assert json.loads(lines[0])["event"] == "%d"


def test_a_library_that_repeats_itself_is_heard_once_a_second():
    now = [100.0]
    events, lines = log()
    library = logging.Logger("asyncio")  # noqa: LOG001
    library.addHandler(Bridge(events, Pace(clock=lambda: now[0])))
    for number in range(1000):
        library.error("socket.accept() out of system resource\nsocket: %d", number)
    library.error("something else")
    now[0] += 1.0
    library.error("socket.accept() out of system resource\nsocket: %d", 1000)
    found = [json.loads(line) for line in lines]
    assert len(found) == 3
    assert found[2]["suppressed"] == 999
