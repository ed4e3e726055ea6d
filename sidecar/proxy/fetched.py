"""Fetched: what is asked of an upstream, and what has come of it so far.

Both have an `__init__` of their own: what a dataclass makes is not compiled, and one of
each comes with every exchange.
"""

from dataclasses import dataclass
from typing import Self

from sidecar.errors import UpstreamFailed
from sidecar.proxy.body import Content, Upload
from sidecar.proxy.upstreams import Connection
from sidecar.semantics.message import ResponseHead
from sidecar.units import Instant


@dataclass(init=False, slots=True)
class Asked:
    """A request that is with the upstream, all of it or as much as is here.

    `headed`: when the head of the response came, if its body is waited for.
    """

    connection: Connection
    content: Content
    at: Instant
    upload: Upload | None
    headed: Instant | None

    def __init__(self, connection: Connection, content: Content, at: Instant) -> None:
        self.connection = connection
        self.content = content
        self.at = at
        self.upload = None
        self.headed = None


@dataclass(init=False, slots=True)
class Fetched:
    """A response whose body is still with the connection.

    As a context it is given up when something fails, and the upstream is not
    blamed for what the client did.
    """

    head: ResponseHead
    connection: Connection
    upload: Upload | None

    def __init__(
        self, head: ResponseHead, connection: Connection, upload: Upload | None = None
    ) -> None:
        self.head = head
        self.connection = connection
        self.upload = upload

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, error: object, _trace: object) -> None:
        if error is None:
            return
        await self.give_up()
        if isinstance(error, UpstreamFailed) and self.upload and self.upload.error:
            # It was broken off by us, for what the client did.
            raise self.upload.error from None

    async def finish(self) -> None:
        """Give the connection back; it is closed unless all of it was used up."""
        if self.upload is not None:
            # A response that ended before its request leaves nobody to read the rest.
            await self.upload.stop()
        self.connection.release()

    async def give_up(self) -> None:
        """Break off: what was not read will not be."""
        self.connection.discard()
        if self.upload is not None:
            await self.upload.stop()
