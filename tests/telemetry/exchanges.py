"""A finished exchange, for those who observe one, and a diary of what they did."""

from sidecar.semantics.message import RequestHead
from sidecar.telemetry.finished import Finished
from sidecar.units import Instant

START, END = Instant(100.0), Instant(100.02)


def head(method=b"GET", target=b"/products?page=2", **values):
    """A request head; keywords are its fields."""
    fields = {name.replace("_", "-").encode(): value for name, value in values.items()}
    return RequestHead(method, target, 1, b"example.org", [*fields.items()], fields)


TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def finished(request=None, **changes):
    """An exchange that is over; keywords are what is otherwise than usual."""
    made = Finished(request or head(), "products", START)
    made.traceparent = TRACEPARENT
    made.id = b"0192f0c1-5b1e-7c3a-9a55-6a0c2f9d1e77"
    made.client, made.scheme = "192.0.2.7", "http"
    made.ended, made.status, made.sent = END, 200, 1000
    made.upstream, made.endpoint = "default", "127.0.0.1:3000"
    made.reused, made.attempts = True, 1
    made.queue, made.first_byte, made.body = 0.0, 0.012, 0.006
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def lasting(seconds, **changes):
    """One that took that long."""
    return finished(ended=Instant(START + seconds), **changes)


class Diary:
    """Lines, instead of a file descriptor; exchanges, instead of a log."""

    def __init__(self):
        self.lines: list[bytes] = []
        self.seen: list[Finished] = []

    def write(self, line):
        self.lines.append(line)

    def observe(self, finished):
        self.seen.append(finished)
