"""P4, P12, P14: another configuration while it serves, and nothing is lost."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from sidecar.config.load import load
from sidecar.config.mistakes import ConfigError
from tests.config.mutations import mutated
from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin, Wait, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.surge import Surge, backend_of

# `make soak` asks for more.
TIMES = int(os.environ.get("SOAK", "1"))
RELOADS = 100 * TIMES
REQUESTS = 25_000 * TIMES
"""Of each of the two doors, on new and on kept connections."""
LONGEST = 120.0 * TIMES
QUIET = {"telemetry": {"access_log": "off"}}
GET = b"GET %b HTTP/1.1\r\nHost: t\r\n\r\n"


def admin(sidecar: Sidecar, request: bytes) -> tuple[int, dict[str, object]]:
    with Client(sidecar.admin) as client:
        outcome = client.ask(request)
    [response] = outcome.responses
    return response.status, json.loads(response.body)


def configuration(sidecar: Sidecar) -> dict[str, object]:
    return admin(sidecar, b"GET /config HTTP/1.1\r\nHost: localhost\r\n\r\n")[1]


def reload(sidecar: Sidecar) -> tuple[int, dict[str, object]]:
    return admin(
        sidecar,
        b"POST /config/reload HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    )


def marked(number: int) -> dict[str, object]:
    """A configuration that shows in two places of each response."""
    fields = {"x-one": str(number), "x-two": str(number)}
    return {"defaults": {"headers": {"response": {"set": fields}}}}


@pytest.mark.timeout(LONGEST + 300)
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("connections", ["kept", "new"])
def test_a_hundred_reloads_lose_nothing(
    own_sidecar: Start, workers: int, connections: str
) -> None:
    reloads, requests = RELOADS // 2, REQUESTS // 2
    with Surge(fresh=connections == "new", marks=(b"x-one", b"x-two")) as surge:
        sidecar = own_sidecar(
            {**QUIET, **backend_of(surge), **marked(0), "workers": workers}
        )
        surge.begin(sidecar.port)
        until = time.monotonic() + LONGEST
        for number in range(reloads + 1):
            if number:
                sidecar.configure(marked(number))
                status, said = reload(sidecar)
                assert (status, said["result"]) == (200, "success")
            share = requests * number // reloads
            mark = b"%d" % number
            # However far the requests ran ahead, each configuration is to be seen.
            while (
                surge.tally.answered < share or mark not in surge.tally.marks
            ) and time.monotonic() < until:
                time.sleep(0.005)
    tally = surge.tally
    assert not tally.lost, tally.lost
    assert tally.answered >= requests
    assert tally.unlike == 0
    assert set(map(int, tally.marks)) == set(range(reloads + 1))


def changed(sidecar: Sidecar, field: str) -> Callable[[], bool]:
    """Whether a response shows what the file says now."""
    return lambda: get(sidecar.port).responses[0].one(b"x-one") == field.encode()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_way_to_ask_for_it(own_sidecar: Start, workers: int) -> None:
    sidecar = own_sidecar({"workers": workers})
    sidecar.configure(marked(1))
    assert reload(sidecar)[0] == 200
    assert changed(sidecar, "1")()
    sidecar.configure(marked(2))
    sidecar.signal(signal.SIGHUP)
    await_condition(changed(sidecar, "2"))
    sidecar.configure(marked(3))
    await_condition(changed(sidecar, "3"))
    # As a ConfigMap is mounted, and swapped.
    for number in (4, 5):
        folder = sidecar.where / f"..{number}"
        folder.mkdir()
        sidecar.configure(marked(number))
        sidecar.file.rename(folder / "sidecar.yaml")
        (sidecar.where / "..new").symlink_to(folder.name)
        (sidecar.where / "..new").replace(sidecar.where / "..data")
        (sidecar.where / "link").symlink_to("..data/sidecar.yaml")
        (sidecar.where / "link").replace(sidecar.file)
        await_condition(changed(sidecar, str(number)))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_wrong_changes_nothing_and_is_said(
    own_sidecar: Start, workers: int
) -> None:
    sidecar = own_sidecar({**marked(1), "workers": workers})
    sidecar.configure({**marked(2), "limits": {"feilds": 1, "head": "much"}})
    status, said = reload(sidecar)
    assert (status, said["code"]) == (422, "not_reloaded")
    mistakes = said["mistakes"]
    assert isinstance(mistakes, list)
    assert [one["path"] for one in mistakes] == ["limits.head", "limits.feilds"][::-1]
    assert all(one["line"] and one["column"] for one in mistakes)
    assert changed(sidecar, "1")()
    found = configuration(sidecar)
    assert found["generation"] == 1
    last = found["last_reload"]
    assert isinstance(last, dict)
    assert last["mistakes"] == mistakes
    metrics = get(sidecar.health, b"/metrics").responses[0].body
    assert b"sidecar_config_last_reload_successful 0\n" in metrics
    assert b'sidecar_config_reloads_total{result="invalid"} ' in metrics
    await_condition(lambda: "did you mean 'fields'?" in sidecar.stderr)
    sidecar.configure(marked(3))
    assert reload(sidecar)[0] == 200
    assert changed(sidecar, "3")()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_needs_a_restart_is_said_and_stays(
    own_sidecar: Start, workers: int
) -> None:
    sidecar = own_sidecar({"workers": workers})
    sidecar.configure({**marked(1), "listen": "127.0.0.1:1", "workers": 5})
    status, said = reload(sidecar)
    assert (status, said["needs_restart"]) == (200, ["listen", "workers"])
    assert changed(sidecar, "1")()
    found = configuration(sidecar)
    config = found["config"]
    assert isinstance(config, dict)
    assert config["workers"] == workers
    await_condition(lambda: '"needs a restart"' in sidecar.stderr)


def test_what_is_in_flight_ends_as_it_began(own_sidecar: Start, origin: Origin) -> None:
    """And the next request on the same connection is served by the new one."""
    sidecar = own_sidecar(marked(1))
    origin.script(b"/held", (Wait("go"), reply(b"held")))
    with Client(sidecar.port, methods=(b"GET", b"GET")) as client:
        client.send(GET % b"/held")
        assert origin.wait_for(lambda: bool(origin.received))
        origin.take()
        # Another upstream, so that the pool of the first is to close.
        sidecar.configure(
            merge_upstream(marked(2), origin.url.replace("127.0.0.1", "localhost"))
        )
        assert reload(sidecar)[0] == 200
        assert changed(sidecar, "2")()
        origin.release("go")
        client.read_bytes(b"held")
        first, second = client.ask(GET % b"/next", responses=2).responses
    assert bytes(first.body) == b"held"
    assert first.one(b"x-one") == b"1"
    assert second.one(b"x-one") == b"2"


def merge_upstream(config: dict[str, object], url: str) -> dict[str, object]:
    return {**config, "upstreams": {"default": {"url": url}}}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_storm_of_signals_is_one_reload_at_a_time(
    own_sidecar: Start, workers: int
) -> None:
    with Surge(clients=2, pace=200) as surge:
        sidecar = own_sidecar({**QUIET, **backend_of(surge), "workers": workers})
        surge.begin(sidecar.port)
        for number in range(200):
            if not number % 20:
                sidecar.configure(marked(number))
            with suppress(ProcessLookupError):
                sidecar.signal(signal.SIGHUP)
            time.sleep(0.005)
        sidecar.configure(marked(1000))
        sidecar.signal(signal.SIGHUP)
        await_condition(changed(sidecar, "1000"))
    assert not surge.tally.lost, surge.tally.lost
    said = configuration(sidecar)
    assert isinstance(said["generation"], int)
    assert 2 <= said["generation"] <= 202
    assert sidecar.stderr.count('"configuration reloaded"') <= 202


@pytest.mark.parametrize("workers", [1, 2])
def test_a_certificate_that_is_gone_fails_the_reload(
    own_sidecar: Start, workers: int
) -> None:
    """It is well formed, and only whoever would serve by it finds out."""
    sidecar = own_sidecar({**marked(1), "workers": workers})
    upstream = {"url": "https://127.0.0.1:9", "tls": {"ca": "/none/ca.pem"}}
    sidecar.configure({**marked(2), "upstreams": {"default": upstream}})
    status, said = reload(sidecar)
    assert (status, said["result"]) == (422, "failed")
    assert changed(sidecar, "1")()


# Whatever is done to this, what may still be read of it breaks no request.
SAFE = b"""
trusted_proxies: [10.0.0.0/8, 192.168.0.0/16]
telemetry: {access_log: {format: json, sample: 0.1%}}
defaults:
  slow: 10s
  headers:
    response:
      set:
        x-one: "111"
        x-two: "222"
      remove: [x-three, x-four]
"""
FILES = 100 * TIMES**2
"""In each of four cases: `make soak` makes 10,000 of it."""


@pytest.mark.timeout(FILES + 300)
@pytest.mark.parametrize("workers", [1, 2])
def test_files_of_chance_are_taken_whole_or_not_at_all(
    own_sidecar: Start, workers: int
) -> None:
    taken = 0
    expected: Mapping[str, str] = {}
    with Surge(clients=4, pace=400) as surge:
        sidecar = own_sidecar({**backend_of(surge), "workers": workers})
        surge.begin(sidecar.port)
        base = {
            key: value
            for key, value in sidecar.config.items()
            if key not in ("telemetry", "defaults", "trusted_proxies")
        }
        head = "".join(f"{key}: {json.dumps(value)}\n" for key, value in base.items())
        for content in mutated(workers, SAFE, FILES, most=1):
            aside = sidecar.file.with_suffix(".new")
            aside.write_bytes(head.encode() + content)
            aside.replace(sidecar.file)
            try:
                config = load(sidecar.file, environ=sidecar.environment).config
            except ConfigError:
                config = None
            before = configuration(sidecar)
            status, _ = reload(sidecar)
            after = configuration(sidecar)
            assert status == (422 if config is None else 200)
            if config is None:
                # Its generation may be another: who watches the file reloads what was
                # in it before.
                assert after["config"] == before["config"]
            else:
                taken += 1
                expected = config.defaults.headers.response.set
            shown = get(sidecar.port).responses[0]
            for name, value in expected.items():
                assert shown.one(name.encode()) == value.encode()
    assert not surge.tally.lost, surge.tally.lost
    assert surge.tally.answered > FILES
    assert FILES // 10 < taken < FILES - FILES // 10
