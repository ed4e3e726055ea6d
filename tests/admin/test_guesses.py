"""How long to wait after wrong tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.admin.guesses import ADDRESSES, FORGET, FREE, LONGEST, Guesses
from sidecar.units import Instant

T0 = Instant(1000.0)
V4 = "192.0.2.7"


def after(failures, address=V4):
    guesses = Guesses()
    for _ in range(failures):
        guesses.failed(address, T0)
    return guesses


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, 0), (9, 0), (10, 1), (11, 2), (13, 8), (16, 60), (999, 60)],
)
def test_wait(failures, wait):
    assert after(failures).wait(V4, T0) == wait


@pytest.mark.parametrize(
    ("rule", "failing", "asking", "waits"),
    [
        ("the same address", V4, V4, True),
        ("another", V4, "192.0.2.8", False),
        ("the same, mapped", V4, "::ffff:192.0.2.7", True),
        ("the same network of IPv6", "2001:db8::1", "2001:db8::ffff:2", True),
        ("another network", "2001:db8::1", "2001:db8:0:1::1", False),
        ("with a zone", "fe80::1%eth0", "fe80::2", True),
        ("a unix socket", "", "", True),
    ],
)
def test_addresses(rule, failing, asking, waits):
    assert bool(after(FREE, failing).wait(asking, T0)) is waits


def test_waiting_suffices():
    assert after(12).wait(V4, Instant(T0 + after(12).wait(V4, T0))) == 0


def test_the_right_token_starts_anew():
    guesses = after(FREE)
    guesses.succeeded(V4)
    guesses.failed(V4, T0)
    assert guesses.wait(V4, T0) == 0


def test_a_long_silence_starts_anew():
    guesses = after(FREE)
    later = Instant(T0 + FORGET + 1)
    guesses.failed(V4, later)
    assert guesses.wait(V4, later) == 0


def test_addresses_are_bounded_and_the_oldest_goes():
    guesses = after(FREE)
    for number in range(ADDRESSES):
        guesses.failed(f"198.51.{number // 256}.{number % 256}", T0)
    assert guesses.wait(V4, T0) == 0
    assert len(guesses._records) == ADDRESSES


@given(st.lists(st.floats(0, 100), min_size=FREE, max_size=60))
def test_nobody_guesses_faster_than_allowed(pauses):
    guesses, now, tried = Guesses(), 0.0, 0
    for pause in pauses:
        now += pause
        if not guesses.wait(V4, Instant(now)):
            tried += 1
            guesses.failed(V4, Instant(now))
    waits = sum(min(LONGEST, 2.0**number) for number in range(max(0, tried - FREE)))
    assert now >= waits
