"""Which upgrades a route lets through."""

import pytest

from sidecar.errors import OriginNotAllowed, TunnelsExhausted
from sidecar.proxy.route import Tunnels
from tests.proxy.script import request

WEBSOCKET = {"upgrade": b"websocket"}


@pytest.mark.parametrize(
    ("rule", "tunnels", "asked", "expected"),
    [
        ("no upgrade", Tunnels(), {}, False),
        ("the usual one", Tunnels(), WEBSOCKET, True),
        ("another", Tunnels(), {"upgrade": b"foo"}, False),
        ("any", Tunnels(protocols=frozenset({b"*"})), {"upgrade": b"foo"}, True),
        ("off", Tunnels(protocols=frozenset()), WEBSOCKET, False),
        ("a body is in the way", Tunnels(), WEBSOCKET | {"content_length": 1}, False),
    ],
)
def test_accepts(rule, tunnels, asked, expected):
    assert tunnels.accepts(request(**asked)) is expected


OURS = frozenset({b"https://ours"})


@pytest.mark.parametrize(
    ("rule", "tunnels", "origin", "error"),
    [
        ("any origin", Tunnels(), None, None),
        ("ours", Tunnels(origins=OURS), b"https://ours", None),
        ("theirs", Tunnels(origins=OURS), b"https://theirs", OriginNotAllowed),
        ("none is not ours", Tunnels(origins=OURS), None, OriginNotAllowed),
        ("room for one", Tunnels(limit=2, open=1), None, None),
        ("no room", Tunnels(limit=2, open=2), None, TunnelsExhausted),
    ],
)
def test_refusal(rule, tunnels, origin, error):
    values = {} if origin is None else {b"origin": origin}
    refusal = tunnels.refusal(request(values=values, **WEBSOCKET))
    assert (type(refusal) if refusal else None) is error
