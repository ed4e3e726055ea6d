import pytest

from sidecar.semantics.cache_status import forwarded, hit
from sidecar.semantics.structured import items


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("fresh", hit(30.9), b"sidecar; hit; ttl=30"),
        ("stale", hit(-5), b"sidecar; hit; ttl=-5"),
        (
            "with a word",
            hit(-5, b"stale-if-error"),
            b"sidecar; hit; ttl=-5; detail=stale-if-error",
        ),
        ("forwarded", forwarded("uri-miss"), b"sidecar; fwd=uri-miss"),
        (
            "all there is",
            forwarded(
                "stale", status=304, stored=True, collapsed=True, left=60, detail=b"x y"
            ),
            b'sidecar; fwd=stale; fwd-status=304; ttl=60; stored; collapsed; detail="x y"',
        ),
        (
            "why not stored",
            forwarded("miss", detail=b"set-cookie"),
            b"sidecar; fwd=miss; detail=set-cookie",
        ),
    ],
)
def test_value(rule, value, expected):
    assert value == expected, rule
    assert items(value) is not None
