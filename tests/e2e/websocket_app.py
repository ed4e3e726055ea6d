"""WebSocket application: the `websockets` library, told what to do by the path.

/echo                 every message comes back as it was framed
/close/CODE           closes at once with that code
/close-after/CODE     closes so when the first message arrived
/cut                  breaks the connection when the first message arrived
/fragments            answers a message in pieces of one byte or character
/protocol             names the subprotocol that was agreed
/head                 shows the fields of the opening request
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

LARGEST = 32 * 1024 * 1024
REASON = "closed for a reason ✓"
SUBPROTOCOLS = [Subprotocol("chat.v2"), Subprotocol("chat.v1")]


async def answer(connection: ServerConnection) -> None:
    request = connection.request
    assert request is not None
    kind, _, rest = request.path.lstrip("/").partition("?")[0].partition("/")
    try:
        await ANSWERS.get(kind, echo)(connection, rest)
    except ConnectionClosed:
        return


async def echo(connection: ServerConnection, rest: str) -> None:
    async for message in connection:
        await connection.send(message)


async def close(connection: ServerConnection, rest: str) -> None:
    await connection.close(int(rest), REASON)


async def close_after(connection: ServerConnection, rest: str) -> None:
    await connection.recv()
    await close(connection, rest)


async def cut(connection: ServerConnection, rest: str) -> None:
    await connection.recv()
    connection.transport.abort()


async def fragments(connection: ServerConnection, rest: str) -> None:
    async for message in connection:
        await connection.send(pieces(message))


async def pieces(message: str | bytes) -> AsyncIterator[str | bytes]:
    for at in range(len(message)):
        yield message[at : at + 1]


async def protocol(connection: ServerConnection, rest: str) -> None:
    await connection.send(connection.subprotocol or "none")


async def head(connection: ServerConnection, rest: str) -> None:
    assert connection.request is not None
    await connection.send(json.dumps(list(connection.request.headers.raw_items())))


ANSWERS = {
    "echo": echo,
    "close": close,
    "close-after": close_after,
    "cut": cut,
    "fragments": fragments,
    "protocol": protocol,
    "head": head,
}


def subprotocol(
    connection: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """The first of ours that was offered; none is no failure."""
    return next((name for name in SUBPROTOCOLS if name in offered), None)


async def main() -> None:
    async with serve(
        answer,
        "127.0.0.1",
        0,
        max_size=LARGEST,
        ping_interval=None,
        close_timeout=60,
        select_subprotocol=subprotocol,
    ) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
