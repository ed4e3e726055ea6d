"""What is known before the upstream is asked, in order: the cache, tolls, the circuit."""

from typing import Any, cast

import pytest

from sidecar.policy.refused import CircuitOpen, RateLimited
from sidecar.proxy.answer import Answer
from sidecar.proxy.found import can_ask, found
from sidecar.proxy.phases import OPEN, Open
from tests.proxy.script import exchange, route


class Toll(Open):
    def toll(self, _exchange, /):
        return RateLimited("misses", retry_after=1.0)


class Closed:
    def refusal(self, _now):
        return CircuitOpen("circuit_open", retry_after=1.0)


class Remote(Open):
    remote = True


@pytest.mark.parametrize(
    ("rule", "parts", "code"),
    [
        ("nothing is known", {}, None),
        ("a toll", {"admission": Toll(), "gate": Closed()}, "rate_limited"),
        ("an open circuit", {"gate": Closed()}, "circuit_open"),
    ],
)
def test_found(rule, parts, code):
    one = exchange(of=route(**cast("dict[str, Any]", parts)))
    answer = found(one)
    assert (answer is None) == (code is None)
    assert one.error == code
    if code is not None:
        assert isinstance(answer, Answer)
        assert code.encode() in answer.content


def test_what_has_to_be_waited_for():
    assert can_ask(exchange(of=route(admission=OPEN)))
    assert not can_ask(exchange(of=route(admission=Remote())))
