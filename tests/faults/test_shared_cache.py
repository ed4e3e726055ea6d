"""What workers and pods share of the cache, and what they do when that breaks."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import End, Origin, Wait, reply
from tests.harness.sidecar import Sidecar, await_condition, merged
from tests.harness.valkey import Valkey

PATH = b"/thing"
FRESH = (b"Cache-Control: max-age=600", b"Cache-Tag: things")
# Of each sidecar; `make stampede` takes more.
CLIENTS = int(os.environ.get("STAMPEDE_CLIENTS", "200"))
# Nothing here is about how long a busy machine takes.
CACHING: dict[str, Any] = {"defaults": {"cache": {}, "timeouts": {"request": "120s"}}}


def served(sidecar: Sidecar, path: bytes = PATH) -> bytes:
    outcome = get(sidecar.port, path)
    assert outcome.status == 200, outcome
    return bytes(outcome.responses[0].body)


def purge(sidecar: Sidecar, **what: Any) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection("127.0.0.1", sidecar.admin, timeout=60)
    connection.request(
        "POST",
        "/cache/purge",
        json.dumps(what),
        {"Content-Type": "application/json"},
    )
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer["tiers"]


def asked(origin: Origin, path: bytes = PATH) -> int:
    return sum(one.request.target == path for one in origin.received)


def stampede(origin: Origin, *sidecars: Sidecar) -> None:
    """Very many clients at once ask for what takes until they are all there."""
    origin.script(PATH, [Wait("go"), reply(b"one for all", *FRESH)])
    request = b"GET " + PATH + b" HTTP/1.1\r\nHost: t\r\n\r\n"
    clients = [Client(one.port) for one in sidecars for _ in range(CLIENTS)]
    for client in clients:
        client.send(request)
    assert origin.wait_for(lambda: asked(origin) >= 1)
    origin.release("go")
    for client in clients:
        outcome = client.read(1, within=60)
        assert outcome.statuses == [200], outcome
        assert outcome.responses[0].body == b"one for all"
        client.close()


@pytest.fixture
def disk(tmp_path):
    return {"path": str(tmp_path / "cache"), "size": "16MiB"}


def test_workers_share_the_disk(own_sidecar: Start, origin: Origin, disk) -> None:
    sidecar = own_sidecar({**CACHING, "workers": 4, "store": {"disk": disk}})
    stampede(origin, sidecar)
    assert asked(origin) == 1
    # Each connection is whose it is: all workers answer.
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: served(sidecar), range(100)))
    assert set(bodies) == {b"one for all"}
    assert asked(origin) == 1


def test_one_refresh_for_all_workers(own_sidecar: Start, origin: Origin, disk) -> None:
    sidecar = own_sidecar({**CACHING, "workers": 2, "store": {"disk": disk}})
    once = b"Cache-Control: max-age=1, stale-while-revalidate=600"
    origin.script(PATH, reply(b"old", once), [Wait("go"), reply(b"new", *FRESH)])
    assert served(sidecar) == b"old"
    # Stale, and the refresh is under way: nobody waits, nobody else refreshes.
    await_condition(lambda: served(sidecar) == b"old" and asked(origin) == 2)
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: served(sidecar), range(100)))
    assert set(bodies) == {b"old"}
    origin.release("go")
    await_condition(lambda: {served(sidecar) for _ in range(20)} == {b"new"})
    assert asked(origin) == 2


def test_a_worker_that_is_killed_costs_one_more_request(
    own_sidecar: Start, origin: Origin, disk
) -> None:
    sidecar = own_sidecar({**CACHING, "workers": 2, "store": {"disk": disk}})
    origin.script(PATH, [Wait("never")], reply(b"second", *FRESH))
    clients = [Client(sidecar.port) for _ in range(CLIENTS)]
    for client in clients:
        client.send(b"GET " + PATH + b" HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: asked(origin) == 1)
    leader = fetching(sidecar, origin)
    os.kill(leader, signal.SIGKILL)
    outcomes = [client.read(1, within=60) for client in clients]
    for client in clients:
        client.close()
    # Whose connection went with the worker asks again.
    answered = [one for one in outcomes if one.statuses]
    assert answered, "all clients were the leader's"
    assert {bytes(one.responses[0].body) for one in answered} == {b"second"}
    assert served(sidecar) == b"second"
    assert asked(origin) == 2


def fetching(sidecar: Sidecar, origin: Origin) -> int:
    """The worker that asked last."""
    number = origin.received[-1].connection
    (asked,) = (one for one in [*origin.connections] if one.number == number)
    port = asked.transport.get_extra_info("peername")[1]
    for worker in psutil.Process(sidecar.pid).children():
        for connection in worker.net_connections("tcp"):
            if connection.laddr.port == port:
                return int(worker.pid)
    raise AssertionError("nobody asks")


def on_disk(sidecar: Sidecar) -> bool:
    with urlopen(f"http://127.0.0.1:{sidecar.health}/metrics") as answer:
        return b'sidecar_cache_entries{tier="disk"} 1\n' in answer.read()


def test_it_outlives_restarts_and_kills(
    own_sidecar: Start, origin: Origin, disk
) -> None:
    config = {**CACHING, "workers": 2, "store": {"disk": disk}}
    origin.script(PATH, reply(b"first", *FRESH), reply(b"second", *FRESH))
    sidecar = own_sidecar(config)
    assert served(sidecar) == b"first"
    # Written behind the answer's back: what was not written yet may be lost.
    await_condition(lambda: on_disk(sidecar))
    for child in psutil.Process(sidecar.pid).children():
        os.kill(child.pid, signal.SIGKILL)
    assert sidecar.terminate() == 0
    again = own_sidecar(config)
    assert served(again) == b"first"
    assert asked(origin) == 1


def test_a_purge_reaches_all_workers(own_sidecar: Start, origin: Origin, disk) -> None:
    sidecar = own_sidecar({**CACHING, "workers": 2, "store": {"disk": disk}})
    for number in range(5):
        origin.script(PATH, reply(b"%d" % number, *FRESH))
        with ThreadPoolExecutor(8) as pool:
            bodies = set(pool.map(lambda _: served(sidecar), range(40)))
        assert bodies == {b"%d" % number}
        every: list[dict[str, Any]]
        every = [{"tags": ["things"]}, {"patterns": ["/*"]}, {"all": True}]
        what = every[number % 3]
        assert purge(sidecar, soft=False, **what) == (
            200,
            {"memory": True, "disk": True},
        )


def test_a_foreign_file_is_set_aside(
    own_sidecar: Start, origin: Origin, disk, tmp_path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "entries.lmdb").write_bytes(b"not a store at all" * 1000)
    origin.script(PATH, reply(b"x", *FRESH))
    sidecar = own_sidecar({**CACHING, "store": {"disk": disk}})
    assert [served(sidecar) for _ in range(3)] == [b"x"] * 3
    assert (tmp_path / "cache" / "entries.lmdb.set-aside").exists()


def pods(
    own_sidecar: Start,
    server: Valkey,
    count: int = 2,
    timeout: str = "30s",
    **defaults: Any,
) -> list[Sidecar]:
    """Patient ones, where nothing is about time."""
    redis = {"url": server.url, "timeout": timeout, "key": "secret"}
    config = merged(CACHING, {"store": {"redis": redis}, "defaults": defaults})
    return [own_sidecar(config) for _ in range(count)]


def test_pods_share_redis(own_sidecar: Start, origin: Origin) -> None:
    with Valkey() as server:
        one, other = pods(own_sidecar, server)
        await_condition(lambda: server.command("EXISTS", "sidecar:{purges}") == 1)
        # A pod that knows no purges yet stores nothing there.
        origin.script(PATH, reply(b"warm", *FRESH))
        for path in (b"/warm1", b"/warm2"):
            origin.script(path, reply(b"w", *FRESH))
            served(one, path)
            served(other, path)
        stampede(origin, one, other)
        assert asked(origin) == 1


def test_a_pod_that_begins_knows_what_is_stale_in_redis(
    own_sidecar: Start, origin: Origin
) -> None:
    shown = b"Cache-Control: max-age=1, stale-while-revalidate=600"
    kept = b"Cache-Control: max-age=1, stale-if-error=600"
    origin.script(b"/shown", reply(b"old", shown), [Wait("go"), reply(b"new", *FRESH)])
    origin.script(b"/kept", reply(b"old", kept), [End.RST])
    with Valkey() as server:
        (one,) = pods(own_sidecar, server, 1)
        served(one, b"/warm")  # whoever knows no purges yet stores nothing there
        assert served(one, b"/shown") == served(one, b"/kept") == b"old"
        await_condition(lambda: len(server.command("KEYS", "sidecar:e:*")) == 2)
        one.terminate()
        stale = time.monotonic() + 1.5
        (other,) = pods(own_sidecar, server, 1)
        await_condition(lambda: time.monotonic() > stale)
        # Its refresh goes on behind it, and the upstream fails for the other.
        assert served(other, b"/shown") == b"old"
        assert served(other, b"/kept") == b"old"
        origin.release("go")
        await_condition(lambda: served(other, b"/shown") == b"new")


def test_a_circuit_that_is_open_does_not_hide_what_is_in_redis(
    own_sidecar: Start, origin: Origin
) -> None:
    breaker = {"min_requests": 2, "open_for": "5m"}
    origin.script(PATH, reply(b"fresh", *FRESH))
    origin.script(b"/dead", [End.RST])
    with Valkey() as server:
        one, other = pods(own_sidecar, server, breaker=breaker)
        assert served(one) == b"fresh"
        # Written behind the answer's back.
        await_condition(lambda: bool(server.command("KEYS", "sidecar:e:*")))
        await_condition(lambda: get(other.port, b"/dead").status == 503)
        assert served(other) == b"fresh"
        assert get(other.port, b"/neither").status == 503
        assert asked(origin) == 1


def test_a_purge_reaches_all_pods(own_sidecar: Start, origin: Origin) -> None:
    with Valkey() as server:
        one, other = pods(own_sidecar, server)
        origin.script(PATH, reply(b"old", *FRESH))
        assert (served(one), served(other)) == (b"old", b"old")
        origin.script(PATH, reply(b"new", *FRESH))
        assert purge(one, urls=[PATH.decode()], soft=False) == (
            200,
            {"memory": True, "redis": True},
        )
        assert served(one) == b"new"
        await_condition(lambda: served(other) == b"new")


@pytest.mark.parametrize("evil", ["freeze", "kill"])
def test_redis_is_never_an_error(own_sidecar: Start, origin: Origin, evil: str) -> None:
    with Valkey() as server:
        (sidecar,) = pods(own_sidecar, server, 1, timeout="100ms")
        origin.script(PATH, reply(b"stored", *FRESH))
        assert served(sidecar) == b"stored"
        getattr(server, evil)()
        for number in range(50):
            path = b"/%d" % number
            origin.script(path, reply(path, *FRESH))
            assert served(sidecar, path) == path
            assert served(sidecar) == b"stored"
        status, tiers = purge(sidecar, all=True, soft=False)
        assert (status, tiers) == (207, {"memory": True, "redis": False})
        origin.script(PATH, reply(b"after", *FRESH))
        assert served(sidecar) == b"after"
        await_condition(lambda: "redis_unreachable" in sidecar.stderr)
        if evil == "freeze":
            server.thaw()
        else:
            server.again()
        await_condition(lambda: "redis_reached" in sidecar.stderr)
        assert served(sidecar) == b"after"
        assert "secret" not in sidecar.stderr
