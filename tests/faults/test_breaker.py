"""A breaker before a backend that fails: how it opens, probes, and closes again."""

import json
import time
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.conftest import Start
from tests.harness.client import Client, Outcome, get
from tests.harness.crowd import request, rush
from tests.harness.origin import End, Origin, Wait, reply
from tests.harness.ports import reserved_port
from tests.harness.sidecar import Sidecar, await_condition

BAD = reply(b"sorry", status=b"500 Internal Server Error")
QUICK = {"min_requests": 10, "window": "60s", "open_for": "500ms", "max_open": "2s"}
OPEN: dict[str, Any] = {"open_for": "300s", "max_open": "300s"}
"""It stays open for longer than a test on a busy machine takes."""
A_WHILE: dict[str, Any] = {"open_for": "3s", "max_open": "3s"}
"""Long enough to be seen open, where it is to be probed afterwards."""


def guarded(port: int | None = None, **breaker: Any) -> dict[str, Any]:
    config: dict[str, Any] = {
        "defaults": {"breaker": {**QUICK, **breaker}, "retry": "off"}
    }
    if port is not None:
        config["upstreams"] = {"default": {"url": f"http://127.0.0.1:{port}"}}
    return config


def ask(sidecar: Sidecar, times: int, target: bytes = b"/") -> list[int]:
    return [get(sidecar.port, target).status for _ in range(times)]


def metric(sidecar: Sidecar, name: str, label: str = "") -> float:
    """The sum of the samples of a name, or of those with this label."""
    with urlopen(f"http://127.0.0.1:{sidecar.health}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = [line for line in lines if line.startswith(name + "{") and label in line]
    return sum(float(line.split()[-1]) for line in found)


def header(outcome: Outcome, name: bytes) -> bytes | None:
    return outcome.responses[0].one(name)


def test_refused(own_sidecar: Start) -> None:
    """R1: open within `min_requests`; then answered without a connection."""
    sidecar = own_sidecar(guarded(reserved_port(), **OPEN))
    statuses = ask(sidecar, 30)
    assert statuses[:10] == [502] * 10
    assert statuses[10:] == [503] * 20
    outcome = get(sidecar.port)
    assert json.loads(outcome.responses[0].body)["code"] == "circuit_open"
    assert 200 <= int(header(outcome, b"Retry-After") or 0) <= 300
    assert metric(sidecar, "sidecar_breaker_state") == 2
    assert metric(sidecar, "sidecar_shed_total", 'reason="circuit_open"') == 21


def test_what_is_told_of_it(own_sidecar: Start) -> None:
    sidecar = own_sidecar(guarded(reserved_port(), **OPEN))
    ask(sidecar, 12)
    (change,) = shown(sidecar)["default"]["changes"]
    assert (change["state"], change["reason"]) == ("open", "failure_rate")
    assert change["failed"] == change["requests"] == 10
    await_condition(lambda: '"circuit open"' in sidecar.stderr)
    lines = [json.loads(line) for line in sidecar.stderr.splitlines() if "{" in line]
    (line,) = [line for line in lines if line.get("event") == "circuit open"]
    assert (line["breaker"], line["reason"]) == ("default", "failure_rate")
    assert line["failed"] == change["failed"]


def test_it_closes_when_the_backend_is_back(own_sidecar: Start) -> None:
    port = reserved_port()
    sidecar = own_sidecar(guarded(port))
    await_condition(lambda: get(sidecar.port).status == 503)
    with Origin(port=port):
        await_condition(lambda: get(sidecar.port).status == 200)
        assert ask(sidecar, 20) == [200] * 20
        assert metric(sidecar, "sidecar_breaker_state") == 0


def test_no_more_probes_than_allowed(own_sidecar: Start, origin: Origin) -> None:
    origin.script(b"/", *[(BAD,)] * 10, (Wait("go"), reply(b"well")))
    sidecar = own_sidecar(guarded(probes=3, **A_WHILE))
    assert ask(sidecar, 11)[-1] == 503
    origin.take()
    clients = [Client(sidecar.port) for _ in range(3)]
    await_condition(lambda: metric(sidecar, "sidecar_breaker_state") == 2)
    await_condition(lambda: shown(sidecar)["default"]["left"] == 0)
    for client in clients:
        client.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: len(origin.received) == 3)
    assert ask(sidecar, 20) == [503] * 20
    assert len(origin.received) == 3
    origin.script(b"/", (reply(b"well"),))
    origin.release("go")
    for client in clients:
        assert client.read(1).status == 200
        client.close()
    assert ask(sidecar, 20) == [200] * 20


def test_a_probe_whose_client_left_is_not_lost(
    own_sidecar: Start, origin: Origin
) -> None:
    origin.script(b"/", *[(BAD,)] * 10, (Wait("never"),))
    sidecar = own_sidecar(guarded(probes=2, **A_WHILE))
    assert ask(sidecar, 11)[-1] == 503
    origin.take()
    await_condition(lambda: shown(sidecar)["default"]["left"] == 0)
    for _ in range(2):
        with Client(sidecar.port) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            assert origin.wait_for(lambda: len(origin.received) > 0)
            origin.take()
    origin.script(b"/", (reply(b"well"),))
    await_condition(lambda: ask(sidecar, 3) == [200] * 3)


def test_a_fallback(own_sidecar: Start) -> None:
    fallback = {"status": 200, "content_type": "application/json", "body": "[]"}
    sidecar = own_sidecar(guarded(reserved_port(), fallback=fallback, **OPEN))
    ask(sidecar, 10)
    outcome = get(sidecar.port)
    assert (outcome.status, outcome.responses[0].body) == (200, bytearray(b"[]"))
    assert header(outcome, b"Content-Type") == b"application/json"
    with Client(sidecar.port, methods=(b"POST",)) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n")
        assert client.read(1).status == 503


def test_what_clients_do_wrong_opens_nothing(
    own_sidecar: Start, origin: Origin
) -> None:
    origin.script(b"/gone", (reply(status=b"404 Not Found"),))
    origin.script(b"/deaf", (Wait("never"),))
    sidecar = own_sidecar(guarded())
    assert ask(sidecar, 30, b"/gone") == [404] * 30
    for _ in range(20):
        with Client(sidecar.port) as client:
            client.send(b"GET /deaf HTTP/1.1\r\nHost: t\r\n\r\n")
            assert origin.wait_for(
                lambda: any(one.request.target == b"/deaf" for one in origin.received)
            )
        origin.take()
    assert ask(sidecar, 5) == [200] * 5
    assert metric(sidecar, "sidecar_breaker_state") == 0


def test_cut_bodies_count(own_sidecar: Start, origin: Origin) -> None:
    """R4: a good head is not yet a good answer."""
    begin = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50_000
    origin.script(b"/cut", (begin, End.FIN))
    sidecar = own_sidecar(guarded(**OPEN))
    for _ in range(12):
        with Client(sidecar.port) as client:
            client.send(b"GET /cut HTTP/1.1\r\nHost: t\r\n\r\n")
            client.read(1)
    await_condition(lambda: metric(sidecar, "sidecar_breaker_state") == 2)


def test_slow_answers(own_sidecar: Start, origin: Origin) -> None:
    origin.script(b"/slow", (Wait("slow"), reply(b"at last")))
    slow = {"duration": "100ms", "rate": "80%"}
    sidecar = own_sidecar(guarded(slow_call=slow, **OPEN))
    clients = [Client(sidecar.port) for _ in range(12)]
    for client in clients:
        client.send(b"GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: len(origin.received) == 12)
    time.sleep(0.15)  # what is slow takes its time
    origin.release("slow")
    for client in clients:
        assert client.read(1).status == 200
        client.close()
    assert get(sidecar.port).status == 503
    assert metric(sidecar, "sidecar_breaker_transitions_total") == 1


def test_only_watched(own_sidecar: Start) -> None:
    sidecar = own_sidecar(guarded(reserved_port(), mode="observe", **OPEN))
    assert ask(sidecar, 30) == [502] * 30
    assert metric(sidecar, "sidecar_breaker_state") == 2
    assert metric(sidecar, "sidecar_shed_total", 'reason="observed"') == 20


def test_routes_with_settings_of_their_own(own_sidecar: Start, origin: Origin) -> None:
    """The failures of one dear route do not take the others with it."""
    origin.script(b"/dear", (BAD,))
    config = guarded(**OPEN)
    config["routes"] = [
        {"name": "dear", "match": {"path": "/dear"}, "breaker": {"min_requests": 3}}
    ]
    sidecar = own_sidecar(config)
    assert ask(sidecar, 5, b"/dear") == [500, 500, 500, 503, 503]
    assert ask(sidecar, 20) == [200] * 20


@pytest.mark.parametrize("attempts", [2, 4])
def test_retries_do_not_multiply_an_outage(
    attempts: int, own_sidecar: Start, origin: Origin
) -> None:
    """At most a tenth more than what was asked, where everything fails."""
    origin.script(b"/", (BAD,))
    config: dict[str, Any] = {
        "defaults": {
            "breaker": {},
            "retry": {"attempts": attempts, "statuses": [500], "backoff": "1ms"},
        }
    }
    sidecar = own_sidecar(config)
    statuses = ask(sidecar, 500)
    assert set(statuses) == {500, 503}
    assert len(origin.take()) <= 1.1 * len(statuses)


async def test_retries_without_a_breaker_stay_in_their_budget(
    own_sidecar: Start, origin: Origin
) -> None:
    origin.script(b"/", (BAD,))
    retry = {"attempts": 4, "statuses": [500], "backoff": "1ms"}
    sidecar = own_sidecar({"defaults": {"retry": retry}})
    began = time.monotonic()
    for _ in range(10):
        await rush([sidecar.port], [request()] * 100)
    took = time.monotonic() - began
    extra = len(origin.take()) - 1000
    assert extra <= 10 + 10 * took + 1
    assert extra > 0


def post(sidecar: Sidecar, name: str, state: str) -> int:
    request = Request(
        f"http://127.0.0.1:{sidecar.admin}/breakers/{name}",
        data=json.dumps({"state": state}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request) as answer:  # noqa: S310
        return int(answer.status)


def shown(sidecar: Sidecar) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{sidecar.admin}/breakers") as answer:
        found = json.loads(answer.read())["breakers"]
    return {one["name"]: one for one in found}


@pytest.mark.parametrize("workers", [1, 2])
def test_by_hand(workers: int, own_sidecar: Start, origin: Origin) -> None:
    sidecar = own_sidecar({**guarded(), "workers": workers})
    assert shown(sidecar)["default"]["state"] == "closed"
    assert post(sidecar, "default", "open") == 200
    await_condition(lambda: ask(sidecar, 8) == [503] * 8)
    await_condition(lambda: shown(sidecar)["default"]["held"])
    post(sidecar, "default", "auto")
    await_condition(lambda: ask(sidecar, 8) == [200] * 8)
    await_condition(lambda: not shown(sidecar)["default"]["held"])


def test_what_one_worker_finds_the_others_follow(own_sidecar: Start) -> None:
    sidecar = own_sidecar({**guarded(reserved_port(), **OPEN), "workers": 3})
    ask(sidecar, 30)
    await_condition(lambda: ask(sidecar, 12) == [503] * 12)
    await_condition(lambda: shown(sidecar)["default"]["state"] == "open")
