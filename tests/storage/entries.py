"""Entries for tests of the stores."""

from typing import Any

from sidecar.policy.lifetimes import Lifetimes
from sidecar.storage.entry import Stored
from sidecar.units import Instant, Timestamp

WALL = Timestamp(1_700_000_000.0)
NOW = Instant(5000.0)


def stored(url: bytes = b"http://a/x", **more: Any) -> Stored:
    """A response of now, fresh for a minute; settled."""
    given: dict[str, Any] = {
        "status": 200,
        "lines": b"Content-Type: text/plain\r\n",
        "body": b"body of " + url,
        "generated": WALL,
        "received": WALL,
        "lifetimes": Lifetimes(fresh=60, stale_if_error=30),
    }
    entry = Stored(url=url, **{**given, **more})
    entry.settle(WALL, NOW)
    return entry
