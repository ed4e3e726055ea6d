"""What is looked at before the upstream is asked.

Loops, unwelcome upgrades and limits; the cache, tolls, circuit, places: in this order.
"""

from typing import Any, cast

import pytest

from sidecar.errors import LoopDetected, OriginNotAllowed, TunnelsExhausted
from sidecar.policy.queueing import Shed
from sidecar.policy.refused import CircuitOpen, Overloaded, RateLimited
from sidecar.policy.reuse import Forward
from sidecar.proxy.answer import Answer
from sidecar.proxy.beforehand import can_ask, kept_out, known_answer
from sidecar.proxy.looked_up import LookedUp
from sidecar.proxy.phases import NO_CACHE, OPEN
from sidecar.proxy.route import Tunnels
from tests.proxy.script import But, Client, exchange, request, route
from tests.proxy.test_phases import Phase

VIA = {b"via": b"1.1 us"}
TOLL = But(OPEN, toll=lambda _exchange: RateLimited("misses", retry_after=1.0))
REMOTE = But(OPEN, remote=True)
SHARED = But(NO_CACHE, may_be_spared=lambda _exchange: True)
"""Somebody fetches the same."""
REMEMBERED = But(NO_CACHE, may_be_remembered=lambda _exchange: True)
"""A tier is still to be asked."""


class Closed:
    is_open = False

    def refusal(self, _now):
        return CircuitOpen("circuit_open", retry_after=1.0)


class Full:
    """No place is free, and nobody may wait."""

    is_open = False

    def refusal(self, _now):
        return None

    def crowded(self, _due):
        return Overloaded(Shed.FULL, retry_after=1.0)


@pytest.mark.parametrize(
    ("rule", "values", "upgrade", "limit", "error"),
    [
        ("it comes in", {}, None, None, None),
        ("it was here before", VIA, b"websocket", TunnelsExhausted(), LoopDetected),
        (
            "its upgrade is not welcome",
            {},
            b"websocket",
            TunnelsExhausted(),
            OriginNotAllowed,
        ),
        ("there is no room", {}, None, TunnelsExhausted(), TunnelsExhausted),
    ],
)
def test_what_keeps_it_out(rule, values, upgrade, limit, error):
    tunnels = Tunnels(origins=frozenset((b"https://ours",)))
    one = exchange(
        head=request(values=values, upgrade=upgrade),
        of=route(admission=Phase(limit), tunnels=tunnels),
    )
    found = kept_out(one, b"us")
    assert found is None if error is None else isinstance(found, error)


@pytest.mark.parametrize(
    ("rule", "parts", "code"),
    [
        ("nothing is known", {}, None),
        ("a toll", {"admission": TOLL, "permits": Closed()}, "rate_limited"),
        ("an open circuit", {"permits": Closed()}, "circuit_open"),
        ("no place, and no waiting", {"permits": Full()}, "overloaded"),
        ("none is needed", {"permits": Full(), "cache": SHARED}, None),
    ],
)
def test_what_is_known(rule, parts, code):
    one = exchange(of=route(**cast("dict[str, Any]", parts)))
    answer = known_answer(one)
    assert (answer is None) == (code is None)
    assert one.error == code
    if code is not None:
        assert isinstance(answer, Answer)
        assert code.encode() in answer.content


def test_an_open_circuit_is_no_reason_where_a_tier_is_still_to_be_asked():
    one = exchange(of=route(**cast("Any", {"permits": Closed(), "cache": REMEMBERED})))
    one.found = looked_up = LookedUp(Forward.URI_MISS)
    assert known_answer(one) is None
    assert looked_up.refused is not None
    assert one.error is None


@pytest.mark.parametrize(("is_here", "code"), [(True, "overloaded"), (False, None)])
def test_an_upload_is_not_refused_for_what_may_be_free_when_it_is_here(is_here, code):
    class Uploads(Client):
        has_all = is_here

    one = exchange(Uploads(), request(content_length=3), of=route(permits=Full()))
    known_answer(one)
    assert one.error == code


def test_what_has_to_be_waited_for():
    assert can_ask(exchange(of=route(admission=OPEN)))
    assert not can_ask(exchange(of=route(admission=REMOTE)))
