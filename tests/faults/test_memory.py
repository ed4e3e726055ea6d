"""P7: a worker near its memory limit is relieved, and loses nothing of what it has."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from sidecar.telemetry.process import own
from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin, Wait, reply
from tests.harness.processes import children, workers
from tests.harness.sidecar import Config, Sidecar, await_condition

BODY = bytes(1_000_000)
CLIENTS = 240
"""Each takes some 100 KB while it does not read."""
REQUEST = b"GET /held?%d HTTP/1.1\r\nHost: t\r\n\r\n"
QUIET: Config = {"telemetry": {"access_log": "off"}}


def metrics(sidecar: Sidecar) -> str:
    return get(sidecar.health, b"/metrics").responses[0].body.decode()


@contextmanager
def holding(sidecar: Sidecar, origin: Origin) -> Iterator[list[Client]]:
    """Clients whose answers fill the memory until `origin` is released."""
    whole = reply(BODY)
    origin.script(b"/held", [whole[:-1], Wait("the rest"), whole[-1:]])
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(sidecar.port)) for _ in range(CLIENTS)]
        for number, client in enumerate(clients):
            client.send(REQUEST % number)
        yield clients


def answered(clients: list[Client]) -> int:
    """How many got what they asked for; all others were refused, nobody cut off."""
    served = 0
    for client in clients:
        [response] = client.read(1).responses
        assert response.status in {200, 503}
        assert response.status == 503 or response.body == BODY
        served += response.status == 200
    return served


def limited(start: Start, config: Config) -> Config:
    """With a limit that a worker can keep as long as it has little to do."""
    sidecar = start(config)
    assert get(sidecar.port).status == 200
    return {**config, "memory": {"limit": own(pid=sidecar.pid) * 5 // 4}}


def is_refused(sidecar: Sidecar) -> bool:
    return b"too_many_connections" in get(sidecar.port).responses[0].body


def test_one_that_is_alone_refuses_who_comes_and_recovers(
    own_sidecar: Start, origin: Origin
) -> None:
    sidecar = own_sidecar(limited(own_sidecar, QUIET))
    assert get(sidecar.port).status == 200
    with holding(sidecar, origin) as clients:
        await_condition(lambda: is_refused(sidecar))
        refused = r'refused_total{reason="memory"} [1-9]'
        await_condition(lambda: bool(re.search(refused, metrics(sidecar))))
        origin.release("the rest")
        assert answered(clients)
    await_condition(lambda: not is_refused(sidecar))


@pytest.mark.parametrize("recycle", [True, False])
def test_one_of_several_is_replaced(
    own_sidecar: Start, origin: Origin, *, recycle: bool
) -> None:
    config = limited(own_sidecar, QUIET)
    config["memory"]["recycle"] = recycle
    patient = {"grace": "0s", "timeout": "60s"}
    sidecar = own_sidecar({**config, "workers": 2, "shutdown": patient})
    before = workers(sidecar)
    with holding(sidecar, origin) as clients:
        if recycle:
            await_condition(lambda: len(workers(sidecar)) < 2)
        else:
            await_condition(lambda: is_refused(sidecar))
        origin.release("the rest")
        answered(clients)
    if recycle:
        await_condition(lambda: len(workers(sidecar)) == 2)
        await_condition(lambda: not is_refused(sidecar))
        assert len(set(before) - set(children(sidecar.pid))) == 1
        replaced = 'restarts_total{reason="memory"} 1\n'
        await_condition(lambda: replaced in metrics(sidecar))
    else:
        assert workers(sidecar) == before


def test_what_is_stored_gives_way(own_sidecar: Start, origin: Origin) -> None:
    storing = {**QUIET, "store": {"memory": "1GiB"}, "defaults": {"cache": {}}}
    config = limited(own_sidecar, storing)
    sidecar = own_sidecar(config)
    origin.script(b"/stored", reply(BODY, b"Cache-Control: max-age=600"))
    for number in range(4 * config["memory"]["limit"] // len(BODY)):
        assert get(sidecar.port, b"/stored?%d" % number).responses[0].body == BODY
    evicted = re.search(r'tier="memory",event="evicted"} (\d+)', metrics(sidecar))
    assert evicted
    assert int(evicted[1]) > 0
    assert 'refused_total{reason="memory"} 0\n' in metrics(sidecar)
