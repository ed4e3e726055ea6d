"""The ten wishes of the README: each comes true with the file that is printed there."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import yaml

from tests.harness.origin import End, Wait, reply
from tests.harness.sidecar import ROOT, Sidecar, await_condition, merged

JSON = b"Content-Type: application/json"
PATIENCE = 60.0
WISHES = (ROOT / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
PRODUCTS = [{"id": number, "name": f"Product {number}"} for number in range(200)]


@pytest.fixture(scope="module")
def wished(shared_origin, tmp_path_factory):
    """Start one with the file as printed; only its addresses are the test's."""
    running = []

    def start():
        sidecar = Sidecar({}, tmp_path_factory.mktemp("wishes"))
        here = {"listen": "127.0.0.1:0", "shutdown": {"grace": "0s"}} | {
            name: {"listen": "127.0.0.1:0"} for name in ("health", "admin")
        }
        default = {"upstreams": {"default": {"url": shared_origin.url}}}
        sidecar.config = merged(yaml.safe_load(WISHES), merged(here, default))
        running.append(sidecar.start())
        return sidecar

    yield start
    for sidecar in running:
        sidecar.stop()


@pytest.fixture(scope="module")
def one(wished):
    return wished()


def get(sidecar, target, **fields):
    return requests.get(sidecar.url + target, headers=fields, timeout=PATIENCE)


def asked(origin, target):
    return sum(r.request.target.startswith(target) for r in origin.received)


def test_they_are_ten():
    assert [int(n) for n in re.findall(r"# (\d+) ", WISHES)] == list(range(1, 11))


def test_1_no_large_upload(one):
    with socket.create_connection(("127.0.0.1", one.port), PATIENCE) as client:
        length = 10 * 1024 * 1024 + 1
        client.sendall(
            b"PUT /files HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % length
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_2_smaller_responses(one, origin):
    content = json.dumps(PRODUCTS).encode()
    origin.script(b"/export", reply(content, JSON))
    answer = get(one, "/export", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < len(content) / 4
    assert answer.json() == PRODUCTS


def test_3_not_modified(one, origin):
    origin.script(b"/page", reply(b"hello"))
    tag = get(one, "/page").headers["ETag"]
    answer = get(one, "/page", **{"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_4_left_alone_while_it_fails(wished, origin):
    origin.script(b"/fails", reply(b"no", status=b"500 No"))
    sidecar = wished()
    answers = [get(sidecar, "/fails") for _ in range(100)]
    refused = [a for a in answers if a.status_code == 503]
    assert refused[-1].json()["code"] == "circuit_open"
    assert asked(origin, b"/fails") < len(answers)


def test_5_nobody_waits_longer(one, origin):
    origin.script(b"/api/search", [End.FREEZE])
    answer = get(one, "/api/search")
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")


def test_6_a_hundred_for_each_user(wished, origin):
    origin.script(b"/api/search", reply(b"found"))
    sidecar = wished()
    statuses = []
    while 429 not in statuses and len(statuses) < 1000:
        statuses.append(get(sidecar, "/api/search").status_code)
    assert statuses.count(200) >= 100
    assert statuses[-1] == 429


def test_7_asked_once_and_shown_while_it_is_down(one, origin):
    target = "/api/products/once"
    origin.script(target.encode(), reply(b"[]", JSON), reply(status=b"503 Down"))
    assert [get(one, target).status_code for _ in range(3)] == [200] * 3
    assert asked(origin, target.encode()) == 1
    purged = requests.post(
        f"http://127.0.0.1:{one.admin}/cache/purge",
        json={"urls": [target]},
        timeout=PATIENCE,
    )
    assert purged.ok
    answer = get(one, target)
    assert (answer.status_code, answer.content) == (200, b"[]")
    assert asked(origin, target.encode()) == 2


def test_8_only_what_the_client_wants(one, origin):
    origin.script(b"/api/products/all", reply(json.dumps(PRODUCTS).encode(), JSON))
    answer = get(one, "/api/products/all?fields=id")
    assert answer.json() == [{"id": product["id"]} for product in PRODUCTS]


def test_9_forgotten_when_somebody_changes_it(one, origin):
    target = "/api/products/changed"
    origin.script(target.encode(), reply(b"1", JSON), reply(b"2", JSON))
    assert [get(one, target).text for _ in range(2)] == ["1", "1"]
    origin.script(b"/api/products/new", reply(status=b"201 Created"))
    assert requests.post(one.url + "/api/products/new", timeout=PATIENCE).ok
    origin.script(target.encode(), reply(b"2", JSON))
    assert get(one, target).text == "2"


def test_10_four_at_a_time(one, origin):
    targets = [f"/reports/{year}" for year in range(2020, 2026)]
    for target in targets:
        origin.script(target.encode(), [Wait("done"), reply(b"report")])
    with ThreadPoolExecutor(len(targets)) as clients:
        answers = [clients.submit(get, one, target) for target in targets]
        try:
            await_condition(lambda: in_flight(one) == 6, PATIENCE)
            assert origin.wait_for(lambda: asked(origin, b"/reports/") >= 4, PATIENCE)
            assert asked(origin, b"/reports/") == 4
        finally:
            origin.release("done")
        assert [answer.result().status_code for answer in answers] == [200] * 6


def in_flight(sidecar):
    text = requests.get(
        f"http://127.0.0.1:{sidecar.health}/metrics", timeout=PATIENCE
    ).text
    found = re.search(
        r'^http_requests_in_flight\{route="reports"\} (\d+)', text, re.MULTILINE
    )
    return int(found[1]) if found else 0
