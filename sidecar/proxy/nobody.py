"""Nobody: the client of an exchange that we begin ourselves."""

from sidecar.upstream.tunnel import Tunnel


class Nobody:
    """A `Downstream` that sends nothing and is told nothing."""

    def __init__(self, peer: str, scheme: str) -> None:
        self.peer = peer
        self.scheme = scheme
        self.received = 0
        self.closed = False
        self.reusable = False
        self.has_all = True

    def interim(self, head: bytes) -> None: ...
    def start(self, head: bytes, content: bytes = b"", *, close: bool = False) -> None:
        """Nobody reads it."""

    def write(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def abort(self) -> None: ...
    async def drained(self) -> None: ...

    def take(self) -> bytes:
        return b""

    async def read(self) -> bytes:
        return b""

    def tunnel(self, head: bytes, other: Tunnel) -> Tunnel:
        raise NotImplementedError
