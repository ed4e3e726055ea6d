"""Loops, unwelcome upgrades and limits, in this order."""

import pytest

from sidecar.errors import LoopDetected, OriginNotAllowed, TunnelsExhausted
from sidecar.proxy.entry import kept_out
from sidecar.proxy.route import Tunnels
from tests.proxy.script import exchange, request, route
from tests.proxy.test_phases import Phase

VIA = {b"via": b"1.1 us"}


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
