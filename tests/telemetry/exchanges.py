"""A finished exchange, for those who observe one, and a diary of what they did."""

from dataclasses import dataclass, field

from sidecar.semantics.message import RequestHead
from sidecar.units import Instant

START, END = Instant(100.0), Instant(100.02)


def head(method=b"GET", target=b"/products?page=2", **values):
    """A request head; keywords are its fields."""
    fields = {name.replace("_", "-").encode(): value for name, value in values.items()}
    return RequestHead(method, target, 1, b"example.org", [*fields.items()], fields)


@dataclass(slots=True)
class Exchange:
    request: RequestHead = field(default_factory=head)
    route: str = "products"
    client: str = "192.0.2.7"
    scheme: str = "http"
    request_id: str = "0192f0c1-5b1e-7c3a-9a55-6a0c2f9d1e77"
    trace_id: str = "4bf92f3577b34da6a3ce929d0e0e4736"
    started: Instant = START
    ended: Instant = END
    status: int = 200
    error: str | None = None
    detail: str = ""
    received: int = 0
    sent: int = 1000
    upstream: str | None = "default"
    endpoint: str | None = "127.0.0.1:3000"
    reused: bool = True
    attempts: int = 1
    waited: float = 0.0
    queue: float | None = 0.0
    connect: float | None = None
    unanswered: float = 0.0
    first_byte: float | None = 0.012
    body: float | None = 0.006


def lasting(seconds, **changes):
    """An exchange that took that long."""
    return Exchange(ended=Instant(START + seconds), **changes)


class Diary:
    """Lines, instead of a file descriptor; exchanges, instead of a log."""

    def __init__(self):
        self.lines: list[bytes] = []
        self.seen: list[Exchange] = []

    def write(self, line):
        self.lines.append(line)

    def observe(self, finished):
        self.seen.append(finished)
