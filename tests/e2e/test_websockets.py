"""The `websockets` library on both ends of a tunnel through the sidecar."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_sync

from tests.e2e.apps import Application
from tests.e2e.comparison import REFLECTED
from tests.e2e.conftest import Before
from tests.e2e.files import noise
from tests.e2e.websocket_app import REASON

LARGE = 10 * 1024 * 1024
PATIENCE = 60.0
CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]
CODES += [3000, 3999, 4000, 4001, 4999]


@pytest.fixture
def url(websocket_app: Application, before: Before) -> str:
    return before(websocket_app.url).replace("http://", "ws://")


def joined(url: str, path: str = "/echo", **options: object) -> connect_async:
    settings = {"proxy": None, "max_size": None, "ping_interval": None}
    patient = {"open_timeout": PATIENCE, "close_timeout": PATIENCE}
    return connect_async(url + path, **settings | patient | options)  # type: ignore[arg-type]


MESSAGES = [
    ("empty text", ""),
    ("empty binary", b""),
    ("text", "hello"),
    ("text beyond ASCII", "Grüße ✓ 𝄞"),
    ("binary", bytes(range(256))),
    *((f"{size} bytes", noise(size)) for size in [125, 126, 65_535, 65_536, 1_000_003]),
    ("10 MiB of text", "ä" * (LARGE // 2)),
    ("10 MiB of binary", noise(LARGE)),
]


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize(
    "message", [row[1] for row in MESSAGES], ids=[row[0] for row in MESSAGES]
)
async def test_a_message_comes_back(
    message: str | bytes, compression: str | None, url: str
) -> None:
    async with asyncio.timeout(PATIENCE), joined(url, compression=compression) as ours:
        agreed = [extension.name for extension in ours.protocol.extensions]
        assert agreed == (["permessage-deflate"] if compression else [])
        await ours.send(message)
        assert await ours.recv() == message


async def test_many_messages_keep_their_order(url: str) -> None:
    async with asyncio.timeout(PATIENCE), joined(url) as ours:
        messages = [f"message {number}" * (number % 50) for number in range(1000)]

        async def send() -> None:
            for message in messages:
                await ours.send(message)

        sending = asyncio.create_task(send())
        assert [await ours.recv() for _ in messages] == messages
        await sending


async def pieces(message: str | bytes, size: int) -> AsyncIterator[str | bytes]:
    for at in range(0, len(message), size):
        yield message[at : at + size]


@pytest.mark.parametrize("message", ["text ✓ in parts", bytes(range(100))])
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_fragmented_message_comes_back(
    message: str | bytes, compression: str | None, url: str
) -> None:
    async with (
        asyncio.timeout(PATIENCE),
        joined(url, "/fragments", compression=compression) as ours,
    ):
        await ours.send(pieces(message, 3))
        got = [part async for part in ours.recv_streaming()]
        assert len(got) >= len(message)  # one frame for each piece of the other side
        empty: str | bytes = "" if isinstance(message, str) else b""
        assert empty.join(got) == message  # type: ignore[arg-type]


async def test_pings_between_fragments_are_answered(url: str) -> None:
    async with asyncio.timeout(PATIENCE), joined(url) as ours:

        async def interrupted() -> AsyncIterator[str]:
            for word in ["one ", "two ", "three"]:
                yield word
                await (await ours.ping(word.encode()))

        await ours.send(interrupted())
        assert await ours.recv() == "one two three"
        assert await (await ours.ping(b"x" * 125)) >= 0
        await ours.pong(b"unasked")
        await ours.send("after")
        assert await ours.recv() == "after"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("path", ["/close", "/close-after"])
async def test_a_close_of_the_application_arrives(
    path: str, code: int, url: str
) -> None:
    async with (
        asyncio.timeout(PATIENCE),
        joined(url, f"{path}/{code}") as ours,
    ):
        if path == "/close-after":
            await ours.send("now")
        await ours.wait_closed()
    assert (ours.close_code, ours.close_reason) == (code, REASON)


@pytest.mark.parametrize("code", CODES)
def test_a_close_of_the_client_is_answered(code: int, url: str) -> None:
    with connect_sync(
        f"{url}/echo",
        proxy=None,
        open_timeout=PATIENCE,
        close_timeout=PATIENCE,
        ping_interval=None,
    ) as ours:
        ours.send("x")
        assert ours.recv(PATIENCE) == "x"
        ours.close(code, "done")
        assert ours.protocol.close_rcvd is not None
        assert ours.protocol.close_rcvd.code == code
        assert ours.protocol.close_rcvd_then_sent is False


async def test_a_close_without_a_code_stays_without(url: str) -> None:
    async with asyncio.timeout(PATIENCE), joined(url) as ours:
        ours.protocol.send_close()
        ours.send_data()
        await ours.wait_closed()
    assert ours.close_code == 1005


async def test_a_cut_of_the_application_is_a_cut(url: str) -> None:
    async with asyncio.timeout(PATIENCE), joined(url, "/cut") as ours:
        await ours.send("now")
        with pytest.raises(ConnectionClosed) as raised:
            await ours.recv()
    assert raised.value.rcvd is None
    assert ours.close_code == 1006


async def test_a_cut_of_the_client_ends_its_tunnel_alone(url: str) -> None:
    async with asyncio.timeout(PATIENCE), joined(url) as other:
        for _ in range(5):
            async with joined(url) as ours:
                await ours.send("x")
                assert await ours.recv() == "x"
                ours.transport.abort()
        await other.send("still here")
        assert await other.recv() == "still here"


OFFERS = [
    (["chat.v1"], "chat.v1"),
    (["chat.v1", "chat.v2"], "chat.v2"),
    (["other", "chat.v1"], "chat.v1"),
    (["other"], None),
    (None, None),
]


@pytest.mark.parametrize(("offered", "agreed"), OFFERS, ids=str)
async def test_the_subprotocol_is_agreed_end_to_end(
    offered: list[str] | None, agreed: str | None, url: str
) -> None:
    async with (
        asyncio.timeout(PATIENCE),
        joined(url, "/protocol", subprotocols=offered) as ours,
    ):
        assert ours.subprotocol == agreed
        assert await ours.recv() == (agreed or "none")


async def test_the_opening_is_forwarded_as_it_was(
    websocket_app: Application, url: str
) -> None:
    """Fields of the client, and what the extension was agreed to."""
    seen, answered = [], []
    direct = websocket_app.url.replace("http://", "ws://")
    for base in (direct, url):
        fields = {"Origin": "https://a.example", "X-A": "1", "Cookie": "a=1; b=2"}
        opening = joined(base, "/head?q=%2F", additional_headers=fields)
        async with asyncio.timeout(PATIENCE), opening as ours:
            seen.append(without_own(json.loads(await ours.recv())))
            answered.append(accepted(ours))
    assert seen[0] == seen[1]
    assert answered[0] == answered[1]


def without_own(fields: list[list[str]]) -> dict[str, str]:
    """Less what a proxy adds, and what is another for each connection."""
    own = {name.lower() for name in REFLECTED} | {"host", "sec-websocket-key"}
    return {name.lower(): value for name, value in fields if name.lower() not in own}


def accepted(connection: ClientConnection) -> Iterator[tuple[str, str]]:
    assert connection.response is not None
    own = {"sec-websocket-accept", "connection", "date", "via", "x-request-id"}
    assert connection.response.headers["Upgrade"] == "websocket"
    assert connection.response.headers["Connection"].lower() == "upgrade"
    fields = connection.response.headers.raw_items()
    return sorted(pair for pair in fields if pair[0].lower() not in own)  # type: ignore[return-value]


async def test_a_refused_opening_is_relayed(
    httpbin: Application, before: Before
) -> None:
    """An application that does not upgrade answers, and the answer is read."""
    answers = []
    for url in (httpbin.url, before(httpbin.url)):
        opening = joined(url.replace("http://", "ws://"), "/get")
        with pytest.raises(InvalidStatus) as raised:
            async with asyncio.timeout(PATIENCE), opening:
                pass
        response = raised.value.response
        answers.append((response.status_code, response.reason_phrase, response.body))
    assert answers[0] == answers[1]


async def test_back_pressure_holds_without_loss(url: str) -> None:
    """Megabytes each way before the first is read."""
    async with asyncio.timeout(PATIENCE), joined(url, compression=None) as ours:
        messages = [noise(256 * 1024 + number) for number in range(48)]
        sending = asyncio.gather(*(ours.send(message) for message in messages))
        got = [await ours.recv() for _ in messages]
        await sending
    assert got == messages


async def test_frames_are_not_reframed(url: str) -> None:
    """What is one frame for the client is one frame for the application."""
    async with asyncio.timeout(PATIENCE), joined(url, compression=None) as ours:
        ours.protocol.send_text(b"", fin=False)
        for letter in (b"a", b"", b"b"):
            ours.protocol.send_continuation(letter, fin=False)
        ours.protocol.send_continuation(b"", fin=True)
        ours.send_data()
        assert await ours.recv() == "ab"
