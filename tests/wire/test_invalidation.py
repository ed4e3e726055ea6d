"""What makes stored responses stale: unsafe requests, their answers, rules, people."""

import json
from typing import Any
from urllib.request import urlopen

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar

FRESH = b"Cache-Control: max-age=600"
GROUP = b'Cache-Groups: "cart", "more"'
CLOSES = b'Cache-Group-Invalidation: "cart"'
RULES = ["/api/products/**", "tag:offers"]


@pytest.fixture
def sidecar(shared_sidecar: Start) -> Sidecar:
    changes = {
        "name": "changes",
        "match": {"path": "/api/**", "methods": ["POST", "DELETE"]},
        "cache": {"invalidates": RULES},
    }
    return shared_sidecar({"defaults": {"cache": {}}, "routes": [changes]})


def is_hit(sidecar: Sidecar, path: bytes, host: bytes = b"t") -> bool:
    with Client(sidecar.port) as client:
        head = b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (path, host)
        outcome = client.ask(head)
    assert outcome.status == 200, outcome
    return b"; hit" in (outcome.responses[0].one(b"cache-status") or b"")


def send(sidecar: Sidecar, method: bytes, path: bytes) -> int:
    head = b"%b %b HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n" % (method, path)
    with Client(sidecar.port) as client:
        return client.ask(head).status


def stored(
    sidecar: Sidecar, origin: Origin, path: bytes, *fields: bytes, host: bytes = b"t"
) -> None:
    origin.script(path.partition(b"?")[0], reply(b"x", FRESH, *fields))
    assert [is_hit(sidecar, path, host) for _ in range(2)] == [False, True]


def test_a_group_is_invalidated(sidecar: Sidecar, origin: Origin) -> None:
    """RFC 9875."""
    for path in (b"/g1", b"/g2"):
        stored(sidecar, origin, path, GROUP)
    stored(sidecar, origin, b"/g3", b'Cache-Groups: "more"')
    stored(sidecar, origin, b"/g4", GROUP, host=b"another")
    origin.script(b"/buy", reply(b"", CLOSES))
    assert send(sidecar, b"POST", b"/buy") == 200
    assert [is_hit(sidecar, path) for path in (b"/g1", b"/g2", b"/g3")] == [
        False,
        False,
        True,
    ]
    assert is_hit(sidecar, b"/g4", b"another"), "a group is of one origin"


@pytest.mark.parametrize(
    ("rule", "method", "status"),
    [
        ("by a safe request nothing is", b"GET", b"200 OK"),
        ("nor by one that failed", b"POST", b"500 No"),
    ],
)
def test_a_group_is_not(
    sidecar: Sidecar, origin: Origin, rule: str, method: bytes, status: bytes
) -> None:
    path = b"/kept-" + method
    stored(sidecar, origin, path, b'Cache-Groups: "kept"')
    origin.script(
        b"/no", reply(b"", b'Cache-Group-Invalidation: "kept"', status=status)
    )
    send(sidecar, method, b"/no")
    assert is_hit(sidecar, path), rule


def test_rules_of_the_route(sidecar: Sidecar, origin: Origin) -> None:
    paths = [b"/api/products/1", b"/api/products/1/parts", b"/offers", b"/other"]
    for path in paths:
        tags = [b"Cache-Tag: offers"] if path == b"/offers" else []
        stored(sidecar, origin, path, *tags)
    origin.script(b"/api/prices", reply(b""), reply(b"", status=b"409 No"))
    assert send(sidecar, b"POST", b"/api/prices") == 200
    assert [is_hit(sidecar, path) for path in paths] == [False, False, False, True]
    assert send(sidecar, b"POST", b"/api/prices") == 409
    assert [is_hit(sidecar, path) for path in paths] == [True] * 4


def test_what_is_there_is_shown(own_sidecar: Start, origin: Origin) -> None:
    sidecar = own_sidecar({"defaults": {"cache": {}}})
    stored(sidecar, origin, b"/seldom")
    stored(sidecar, origin, b"/often?a=b&token=canary", b"Cache-Tag: offers")
    for _ in range(3):
        get(sidecar.port, b"/often?a=b&token=canary")
    with urlopen(f"http://127.0.0.1:{sidecar.admin}/cache/entries") as answer:
        entries: list[dict[str, Any]] = json.load(answer)["entries"]
    assert [one["url"] for one in entries] == [
        "http://t/often?a=b&token=[redacted]",
        "http://t/seldom",
    ]
    assert entries[0]["tags"] == ["offers"]
    assert entries[0]["hits"] > entries[1]["hits"]
