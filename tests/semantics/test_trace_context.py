"""W3C Trace Context §3.2, §4.3: which traceparent is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.trace_context import (
    TraceParent,
    child,
    continued,
    parse,
    render,
)

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = b"00f067aa0ba902b7"
BASE = b"00-" + TRACE + b"-" + SPAN + b"-01"
PARENT = TraceParent(TRACE, SPAN, 1)


@pytest.mark.parametrize(
    ("rule", "value", "parent"),
    [
        ("as in the recommendation", BASE, PARENT),
        ("not sampled", BASE[:-1] + b"0", TraceParent(TRACE, SPAN, 0)),
        ("random trace id, Level 2", BASE[:-1] + b"3", TraceParent(TRACE, SPAN, 3)),
        ("unknown flags are dropped", BASE[:-2] + b"fd", TraceParent(TRACE, SPAN, 1)),
        ("a later version", b"cc" + BASE[2:], PARENT),
        ("a later version with more to say", b"cc" + BASE[2:] + b"-what-else", PARENT),
        ("which must begin with a hyphen", b"cc" + BASE[2:] + b".what", None),
        ("version 00 has nothing more", BASE + b"-what", None),
        ("nor a hyphen", BASE + b"-", None),
        ("version ff", b"ff" + BASE[2:], None),
        ("no trace", b"00-" + b"0" * 32 + b"-" + SPAN + b"-01", None),
        ("no parent", b"00-" + TRACE + b"-" + b"0" * 16 + b"-01", None),
        ("upper case", BASE.upper(), None),
        ("not hex", BASE.replace(b"f", b"g"), None),
        ("too short", BASE[:-1], None),
        ("empty", b"", None),
        ("two fields", BASE + b", " + BASE, None),
        ("a line break", BASE + b"\n", None),
        ("whitespace", b" " + BASE, None),
    ],
)
def test_parse(rule, value, parent):
    assert parse(value) == parent


def test_a_child_is_of_the_same_trace():
    assert render(child(PARENT, b"1" * 16)) == b"00-" + TRACE + b"-1111111111111111-01"
    assert child(PARENT, b"1" * 16).sampled
    assert not TraceParent(TRACE, SPAN).sampled


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        ("the client's", BASE, BASE),
        ("of a later version, as it is", b"cc" + BASE[2:], b"cc" + BASE[2:]),
        ("none", None, b"00-" + TRACE + b"-" + TRACE[:16] + b"-00"),
        ("nonsense", b"x", b"00-" + TRACE + b"-" + TRACE[:16] + b"-00"),
    ],
)
def test_a_trace_goes_on_or_begins(rule, field, expected):
    assert continued(field, TRACE) == expected


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.integers(0, 3))
def test_what_is_rendered_is_read_again(trace, span, flags):
    parent = TraceParent(b"%032x" % trace, b"%016x" % span, flags)
    assert parse(render(parent)) == parent
