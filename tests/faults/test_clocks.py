"""P11: the wall clock jumps by thirty days; no deadline comes early, or late."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get, victim
from tests.harness.origin import Origin, Wait
from tests.harness.sidecar import Sidecar

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")

DAYS = 30
LIMIT = 1.5
CONFIG = {
    "defaults": {
        "timeouts": {
            "request": f"{LIMIT}s",
            "between_bytes": f"{LIMIT}s",
            "client_head": f"{LIMIT}s",
            "client_body": f"{LIMIT}s",
            "client_idle": f"{LIMIT}s",
        }
    },
    # Who is served meanwhile may wait, on a busy machine.
    "routes": [
        {
            "name": "victim",
            "match": {"path": "/victim"},
            "timeouts": {"request": "60s", "between_bytes": "60s"},
        }
    ],
}
GET = b"GET %b HTTP/1.1\r\nHost: t\r\n\r\n"
CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"


def sentinels(sidecar: Sidecar) -> dict[str, Client]:
    """Connections that each wait for one deadline to pass."""
    waiting = {
        name: Client(sidecar.port)
        for name in ("request", "between_bytes", "client_head", "client_body", "idle")
    }
    waiting["request"].send(GET % b"/held")
    waiting["between_bytes"].send(GET % b"/cut")
    waiting["client_head"].send(b"GET / HTTP/1.1\r\n")
    waiting["client_body"].send(
        b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n"
    )
    waiting["idle"].send(GET % b"/file")
    waiting["idle"].read(responses=1)
    return waiting


def await_ends(sidecar: Sidecar, waiting: dict[str, Client], began: float) -> None:
    """Each ends, and not before its time; meanwhile others are served."""
    ended: dict[str, float] = {}
    while len(ended) < len(waiting):
        assert time.monotonic() < began + 60, ended.keys()
        victim(sidecar.port)
        for name, client in waiting.items():
            client.pull()
            if name not in ended and _is_over(name, client):
                ended[name] = time.monotonic() - began
    assert min(ended.values()) >= LIMIT - 0.05, ended
    for client in waiting.values():
        client.close()


def _is_over(name: str, client: Client) -> bool:
    return client.ended != "open" or (name == "request" and b" 504 " in client.raw)


def health(sidecar: Sidecar) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        get(sidecar.health, b"/healthz").responses[0].body
    )
    return found


def now(sidecar: Sidecar) -> str:
    """The time, as the sidecar sees it."""
    return str(health(sidecar)["timestamp"])


def set_clock(clock: Path, offset: str) -> None:
    """In one step, for it is read all the time."""
    aside = clock.with_suffix(".aside")
    aside.write_text(offset + "\n")
    aside.replace(clock)


@pytest.mark.parametrize(("days", "workers"), [(DAYS, 1), (-DAYS, 2)])
def test_a_jump(
    days: int, workers: int, own_sidecar: Start, origin: Origin, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    set_clock(clock, "+0")
    origin.script(b"/held", (Wait("never"),))
    origin.script(b"/cut", (CUT_SHORT, Wait("never")))
    sidecar = own_sidecar(
        CONFIG | {"workers": workers},
        environment={
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
    )
    before = now(sidecar)
    began = time.monotonic()
    waiting = sentinels(sidecar)
    set_clock(clock, f"{days:+d}d")
    assert (now(sidecar) > before) is (days > 0), "the clock has jumped"
    assert now(sidecar)[:10] != before[:10]
    await_ends(sidecar, waiting, began)
    # And those that begin afterwards.
    began = time.monotonic()
    await_ends(sidecar, sentinels(sidecar), began)
    assert get(sidecar.health, b"/livez").status == 200
    assert 0 < health(sidecar)["uptime"] < 3600
