"""httpx and requests before the sidecar: streams, large bodies, many at once."""

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import requests
from websockets.sync.client import connect

from tests.e2e.apps import Application
from tests.e2e.conftest import Before
from tests.e2e.files import noise
from tests.e2e.origins import EventStream
from tests.e2e.test_curl import curl

EVENTS = 20
PATIENCE = 60.0
STREAMS = ["/chunked", "/until-close"]


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("path", STREAMS)
def test_httpx_sees_each_event_before_the_next_is_sent(
    path: str, event_stream: EventStream, before: Before
) -> None:
    url = before(event_stream.url) + path
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE) as client,
        client.stream("GET", url) as answer,
    ):
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        for number in range(EVENTS):
            event_stream.send(b"id: %d\ndata: x\n\n" % number)
            assert [next(lines) for _ in range(3)] == [f"id: {number}", "data: x", ""]
        event_stream.end()
        assert list(lines) == []


@pytest.mark.parametrize("path", STREAMS)
def test_requests_sees_each_event_before_the_next_is_sent(
    path: str, event_stream: EventStream, before: Before
) -> None:
    url = before(event_stream.url) + path
    with requests.get(url, stream=True, timeout=PATIENCE) as answer:
        chunks = answer.iter_content(chunk_size=None)
        for number in range(EVENTS):
            event = b"data: %d\n\n" % number
            event_stream.send(event)
            seen = b""
            while len(seen) < len(event):
                seen += next(chunks)
            assert seen == event
        event_stream.end()
        assert b"".join(chunks) == b""


def test_a_large_download_is_the_same(
    nginx: Application, before: Before, files: Path
) -> None:
    expected = hashlib.sha256((files / "large.bin").read_bytes()).hexdigest()
    url = before(nginx.url) + "/large.bin"
    digest = hashlib.sha256()
    with httpx.stream("GET", url, trust_env=False, timeout=PATIENCE) as answer:
        for piece in answer.iter_raw():
            digest.update(piece)
    assert digest.hexdigest() == expected
    assert (
        hashlib.sha256(requests.get(url, timeout=PATIENCE).content).hexdigest()
        == expected
    )


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_large_upload_is_the_same(
    framing: str, nginx: Application, before: Before
) -> None:
    data = noise(32 * 1024 * 1024)
    url = f"{before(nginx.url)}/uploads/large-{framing}"
    body = data if framing == "length" else pieces(data, 100_003)
    assert (
        httpx.put(url, content=body, trust_env=False, timeout=PATIENCE).status_code
        < 300
    )
    assert (nginx.where / "uploads" / f"large-{framing}").read_bytes() == data


async def test_httpx_streams_both_ways(httpbin: Application, before: Before) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b"%04d" % number
            await asyncio.sleep(0)

    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        url = before(httpbin.url)
        answer = await client.post(f"{url}/post", content=body())
    expected = "".join(f"{number:04d}" for number in range(100))
    assert answer.json()["data"] == expected


def test_a_session_keeps_its_cookies(httpbin: Application, before: Before) -> None:
    url = before(httpbin.url)
    with requests.Session() as session:
        session.get(f"{url}/cookies/set?a=1&b=2", timeout=PATIENCE)
        session.get(f"{url}/cookies/set/c/3", timeout=PATIENCE)
        session.get(f"{url}/cookies/delete?a", timeout=PATIENCE)
        shown = session.get(f"{url}/cookies", timeout=PATIENCE).json()
    assert shown == {"cookies": {"b": "2", "c": "3"}}


def test_digest_is_agreed_in_two_steps(httpbin: Application, before: Before) -> None:
    url = before(httpbin.url)
    for qop, algorithm in [("auth", "MD5"), ("auth", "SHA-256"), ("auth", "SHA-512")]:
        target = f"{url}/digest-auth/{qop}/user/secret/{algorithm}"
        right = requests.auth.HTTPDigestAuth("user", "secret")
        wrong = requests.auth.HTTPDigestAuth("user", "guess")
        assert requests.get(target, auth=right, timeout=PATIENCE).status_code == 200
        assert requests.get(target, auth=wrong, timeout=PATIENCE).status_code == 401


def test_a_client_that_leaves_early_spoils_nothing(
    nginx: Application, before: Before
) -> None:
    url = before(nginx.url)
    for _ in range(5):
        with requests.get(f"{url}/large.bin", stream=True, timeout=PATIENCE) as answer:
            assert len(next(answer.iter_content(1000))) == 1000
    assert requests.get(f"{url}/return/200", timeout=PATIENCE).text == "plain text\n"


Turn = Callable[[str, str, str], object]


def by_requests(url: str, echo: str, word: str) -> object:
    answer = requests.post(
        f"{url}/anything/{word}", json={"word": word}, timeout=PATIENCE
    )
    return answer.json()["url"].rpartition("/")[2], answer.json()["json"]["word"]


def by_httpx(url: str, echo: str, word: str) -> object:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        first = client.get(f"{url}/anything/{word}?delay").json()
        body = pieces(word.encode() * 5000, 999)
        second = client.put(f"{url}/anything", content=body).json()
    assert second["data"] == word * 5000
    return first["url"].rpartition("/")[2].partition("?")[0], word


def by_curl(url: str, echo: str, word: str) -> object:
    told = json.loads(curl("-d", word, f"{url}/anything/{word}").stdout)
    return told["url"].rpartition("/")[2], next(iter(told["form"]))


def by_websocket(url: str, echo: str, word: str) -> object:
    with connect(
        echo, proxy=None, max_size=None, open_timeout=PATIENCE, ping_interval=None
    ) as connection:
        connection.send(word)
        connection.send(word.encode() * 50_000)
        first, second = connection.recv(PATIENCE), connection.recv(PATIENCE)
    assert second == word.encode() * 50_000
    return first, word


TURNS: list[Turn] = [by_requests, by_httpx, by_curl, by_websocket, by_requests]


def test_fifty_clients_at_once_each_get_their_own_answer(
    httpbin: Application, websocket_app: Application, before: Before
) -> None:
    url = before(httpbin.url)
    echo = before(websocket_app.url).replace("http", "ws") + "/echo"
    words = [f"word{number:03d}" for number in range(50)]
    start = threading.Barrier(50)

    def turn(number: int) -> object:
        start.wait(PATIENCE)
        return TURNS[number % len(TURNS)](url, echo, words[number])

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(turn, range(50)))
    assert found == [(word, word) for word in words]


def test_one_client_with_fifty_streams(httpbin: Application, before: Before) -> None:
    url = before(httpbin.url)

    async def all_of_them() -> list[bytes]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(
            trust_env=False, limits=limits, timeout=PATIENCE
        ) as client:
            targets = [f"{url}/stream/{n}?word={n}" for n in range(50)]
            answers = await asyncio.gather(*map(client.get, targets))
        return [answer.content for answer in answers]

    for number, body in enumerate(asyncio.run(all_of_them())):
        told = [json.loads(line) for line in body.splitlines()]
        assert [one["id"] for one in told] == list(range(number))
        assert {one["args"]["word"] for one in told} <= {str(number)}
