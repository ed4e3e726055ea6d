"""Talk: what both ends saw, parsed; the form in which the doors are compared."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tests.differential.case import Case
from tests.differential.world import Got, Seen
from tests.harness.strict import Request, Response, Responses

Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response."""

    status: int
    version: bytes
    reason: bytes
    interim: tuple[int, ...]
    fields: Fields
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that reached the origin; `complete`: to its end."""

    method: bytes
    target: bytes
    fields: Fields
    body: bytes
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Talk:
    """`in_time` counts the replies that came without any deadline passing.

    `rest` is the beginning of a reply that was cut off, or a 101 and what came
    behind it. `wrong`: why the client got no HTTP.
    """

    replies: tuple[Reply, ...]
    in_time: int
    rest: bytes
    ended_in_time: str
    ended: str
    asked: tuple[Asked, ...]
    wrong: str | None

    @property
    def exchanges(self) -> int:
        """At least one: a request without a reply was compared, too."""
        return max(len(self.replies), len(self.asked), 1)


def talk(case: Case, seen: Seen) -> Talk:
    methods = case.methods
    at = seen.client_in_time
    early, _, _ = _replies(seen.client[:at], seen.ended_in_time, methods)
    replies, rest, wrong = _replies(seen.client, seen.ended, methods)
    return Talk(
        replies,
        len(early),
        rest,
        seen.ended_in_time,
        seen.ended,
        tuple(map(_asked, seen.origin)),
        wrong,
    )


@lru_cache(maxsize=256)
def _replies(
    raw: bytes, ended: str, methods: tuple[bytes, ...]
) -> tuple[tuple[Reply, ...], bytes, str | None]:
    found = Responses(methods)
    # What begins with a 101 is no longer HTTP.
    raw, switch, tunnel = raw.partition(b"HTTP/1.1 101 ")
    found.feed(raw, closed=ended == "fin" and not switch)
    replies = tuple(map(_reply, found.done))
    wrong = None if found.wrong == "incomplete" else found.wrong
    return replies, found.rest + switch + tunnel, wrong


def _reply(response: Response) -> Reply:
    return Reply(
        response.status,
        response.version,
        response.reason,
        tuple(response.interim),
        tuple(response.fields),
        bytes(response.body),
    )


def _asked(got: Got) -> Asked:
    request = got.request
    if request is not None:
        return _whole(got.raw, request)
    # Of what was cut off only the head is sure to be the same.
    line, *fields = got.raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    method, _, target = line.partition(b" ")
    pairs = tuple((name, b"") for name in fields)
    return Asked(method, target, pairs, b"", complete=False)


def _whole(raw: bytes, request: Request) -> Asked:
    # The fields of the raw bytes, where identifiers are zeros.
    head = raw.partition(b"\r\n\r\n")[0]
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    fields = tuple((name, value.strip(b" \t")) for name, _, value in lines)
    return Asked(request.method, request.target, fields, bytes(request.body))
