"""Names from outside are believed where they can do no harm."""

import re

import pytest

from sidecar.proxy.identifiers import LONGEST_ID, Identifiers
from tests.proxy.script import exchange, request

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MADE_ID = re.compile(rb"[0-9a-f]{32}")
MADE_PARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00")


def identified(values=None, *, trusted=False):
    one = exchange(head=request(values=values or {}))
    one.trusted = trusted
    Identifiers().identify(one)
    return one


@pytest.mark.parametrize(
    ("rule", "given", "trusted", "believed"),
    [
        ("a trusted proxy's", b"abc", True, True),
        ("a stranger's", b"abc", False, False),
        ("none", None, True, False),
        ("an empty one", b"", True, False),
        ("as long as may be", b"x" * LONGEST_ID, True, True),
        ("too long", b"x" * (LONGEST_ID + 1), True, False),
    ],
)
def test_request_ids(rule, given, trusted, believed):
    values = {} if given is None else {b"x-request-id": given}
    made = identified(values, trusted=trusted).id
    assert made == given if believed else MADE_ID.fullmatch(made)


@pytest.mark.parametrize(
    ("rule", "given", "believed"),
    [
        ("anybody's", PARENT, True),
        ("none", None, False),
        ("all zero", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01", False),
        ("twice", PARENT + b", " + PARENT, False),
        ("nonsense", b"x", False),
    ],
)
def test_traces(rule, given, believed):
    values = {} if given is None else {b"traceparent": given}
    made = identified(values).traceparent
    assert made == given if believed else MADE_PARENT.fullmatch(made)


def test_no_two_are_the_same():
    identifiers, seen = Identifiers(), set()
    for _ in range(1000):
        one = exchange()
        identifiers.identify(one)
        seen |= {one.id, one.trace_id}
    assert len(seen) == 2000
    assert identified().id != identified().id
