"""Rows: what an RFC says to a cache, and how to see that it is so.

A row that does not apply, or that we do otherwise on purpose, has a reason instead
of a check.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.harness.client import Client
from tests.harness.origin import Origin, Script, reply
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Request, Response

FRESH = b"Cache-Control: max-age=60"
STALE = b"Cache-Control: max-age=0"
TAG = b'ETag: "a"'
OLD_DATE = b"Sun, 06 Nov 1994 08:49:37 GMT"
MODIFIED = b"Last-Modified: " + OLD_DATE

_numbers = count()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    response: Response

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        return self.response.fields

    def one(self, name: bytes) -> bytes | None:
        return self.response.one(name)


@dataclass(slots=True)
class Wire:
    """A URL of its own, from both ends."""

    sidecar: Sidecar
    origin: Origin
    path: bytes = field(default_factory=lambda: b"/rfc/%d" % next(_numbers))

    def says(self, *replies: Script) -> None:
        """What the origin says, one after the other, the last for ever."""
        self.origin.script(self.path, *replies)

    def ask(self, *fields: bytes, method: bytes = b"GET", body: bytes = b"") -> Answer:
        lines = [method + b" " + self.path + b" HTTP/1.1", b"Host: t", *fields]
        if body or method not in {b"GET", b"HEAD"}:
            lines.append(b"Content-Length: %d" % len(body))
        with Client(self.sidecar.port, methods=(method,)) as client:
            outcome = client.ask(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        assert len(outcome.responses) == 1, outcome
        response = outcome.responses[0]
        return Answer(response.status, bytes(response.body), response)

    def asked(self) -> list[Request]:
        """The requests for it that reached the origin since the last call."""
        taken = (one.request for one in self.origin.take())
        return [one for one in taken if one.target.partition(b"?")[0] == self.path]


Check = Callable[[Wire], None]


@dataclass(frozen=True, slots=True)
class Row:
    """`section` with the RFC's number; `check`, or why there is none."""

    section: str
    level: str
    says: str
    check: Check | None = None
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.section}: {self.says}"


# Checks that many rows share. A body says which reply it is of.

Fields = Sequence[bytes]


def bodies(wire: Wire, fields: Fields, times: int, **options: Any) -> list[bytes]:
    first, second = options.get("first", ()), options.get("second", ())
    status = options.get("status", b"200 OK")
    wire.says(*(reply(b"%d" % n, *fields, status=status) for n in range(times)))
    asked = [first, *([second] * (times - 1))]
    return [wire.ask(*some).body for some in asked]


def reused(*fields: bytes, **options: Any) -> Check:
    """The second of two requests is answered with the first's response."""

    def check(wire: Wire) -> None:
        assert bodies(wire, fields, 2, **options) == [b"0", b"0"]

    return check


def asked_anew(*fields: bytes, **options: Any) -> Check:
    """Each of two requests has an answer of its own."""

    def check(wire: Wire) -> None:
        assert bodies(wire, fields, 2, **options) == [b"0", b"1"]

    return check


def not_stored(*fields: bytes, **options: Any) -> Check:
    """Nothing of it is left, not even for a client that takes anything."""
    options["second"] = (
        *options.get("second", ()),
        b"Cache-Control: only-if-cached, max-stale",
    )

    def check(wire: Wire) -> None:
        status = options.get("status", b"200 OK")
        wire.says(reply(b"0", *fields, status=status))
        wire.ask(*options.get("first", ()))
        assert wire.ask(*options["second"]).status == 504

    return check


def validated(*fields: bytes, newer: Fields = (TAG,)) -> Check:
    """The second request asks whether the first's response still holds: it does."""

    def check(wire: Wire) -> None:
        not_modified = reply(b"", *newer, status=b"304 Not Modified")
        head = not_modified.replace(b"Content-Length: 0\r\n", b"")
        wire.says(reply(b"0", *fields), head)
        assert wire.ask().body == wire.ask().body == b"0"
        assert [one.one(b"if-none-match") for one in wire.asked()] == [None, b'"a"']

    return check


def both(*checks: Check) -> Check:
    """Each with a URL of its own."""

    def check(wire: Wire) -> None:
        for one in checks:
            one(Wire(wire.sidecar, wire.origin))

    return check
