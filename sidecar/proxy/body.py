"""Body: the request's content on its way to the upstream.

What is small is read whole before an upstream connection is taken, so that slow
clients hold none, and so that the request can be repeated. What is larger is
relayed as it comes, by a task of its own: the upstream may answer early.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from sidecar.errors import ConnectionLost
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.upstreams import Connection
from sidecar.units import NEVER, Bytes, Instant

SMALL: Final[Bytes] = 64 * 1024

LAST_CHUNK: Final = b"0\r\n\r\n"


@dataclass(init=False, slots=True)
class Content:
    """The beginning of a request body; all of it where `whole` is true.

    Its `__init__` is its own: what a dataclass makes is not compiled.
    """

    data: bytes
    whole: bool

    def __init__(self, data: bytes, *, whole: bool) -> None:
        self.data = data
        self.whole = whole


EMPTY: Final = Content(b"", whole=True)


def chunk(data: bytes) -> bytes:
    """Frame `data`, which must not be empty (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def is_here(exchange: Exchange) -> bool:
    """Whether `beginning` would read all of the body without waiting for any."""
    downstream = exchange.downstream
    return downstream.has_all and downstream.received <= SMALL


async def beginning(exchange: Exchange) -> Content:
    """Read the request body to its end, or to `SMALL` bytes.

    Raises:
        SidecarError: what `Downstream.read` raises.
    """
    if not exchange.request.has_body:
        return EMPTY
    read = exchange.downstream.read
    parts: list[bytes] = []
    size = 0
    while size <= SMALL:
        data = await read()
        if not data:
            return Content(b"".join(parts), whole=True)
        parts.append(data)
        size += len(data)
    return Content(b"".join(parts), whole=False)


class Upload:
    """The rest of a large request body, relayed behind the exchange's back.

    While the client is slow the upstream is not blamed: its deadline only runs
    when we wait for it.
    """

    def __init__(
        self, exchange: Exchange, connection: Connection, first: bytes, clock: Clock
    ) -> None:
        self.error: Exception | None = None
        self._exchange = exchange
        self._connection = connection
        self._clock = clock
        self._task = asyncio.create_task(self._run(first))

    @property
    def finished(self) -> bool:
        return self._task.done() and self.error is None

    async def stop(self) -> None:
        """End the relay, wherever it is; never raises what it failed with."""
        if not self._task.done():
            self._task.cancel()
        await asyncio.wait((self._task,))

    async def _run(self, data: bytes) -> None:
        connection, read = self._connection, self._exchange.downstream.read
        frame = chunk if self._exchange.request.chunked else bytes
        try:
            while data:
                connection.write(frame(data))
                connection.extend(self._patience())
                await connection.drained()
                connection.extend(NEVER)
                data = await read()
            if self._exchange.request.chunked:
                connection.write(LAST_CHUNK)
            connection.request_done()
            connection.extend(self._patience())
        except ConnectionLost:
            # Whether that matters is the response's to say: it may be here already.
            return
        # Whatever it is, the response would be waited for in vain.
        except Exception as error:  # noqa: BLE001
            self.error = error
            connection.discard()

    def _patience(self) -> Instant:
        timeouts = self._exchange.served_by.timeouts
        return Instant(self._clock.now() + timeouts.request)
