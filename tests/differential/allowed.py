"""Allowed: how the two doors may differ, each with its reason and an example.

A row looks at what both did and forgives what it is for: it returns both sides
without that, or None where it does not apply. Its example differs without it; where
that is no longer so, tests/differential/test_allowed.py says to strike it out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from tests.differential.case import Case
from tests.differential.talk import Reply, Talk

Pair: TypeAlias = tuple[Talk, Talk]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    reason: str
    forgive: Callable[[Case, Talk, Talk], Pair | None]
    """Called with the case, and what the reference and the express door did."""
    example: Case


def _parting(one: Talk, two: Talk) -> int:
    """The first reply that is not the same through both doors."""
    same = 0
    for ours, theirs in zip(one.replies, two.replies, strict=False):
        if ours != theirs:
            break
        same += 1
    return same


def _until(one: Talk, two: Talk, at: int) -> Pair:
    """Both without what came from the `at`th reply on."""
    asked = min(len(one.asked), len(two.asked))

    def cut(talk: Talk) -> Talk:
        return replace(
            talk,
            replies=talk.replies[:at],
            in_time=min(talk.in_time, at),
            rest=b"",
            ended_in_time="",
            ended="",
            asked=talk.asked[:asked],
        )

    return cut(one), cut(two)


def _is_refusal(reply: Reply) -> bool:
    told = any(
        name == b"Proxy-Status" and value.startswith(b"sidecar; error=")
        for name, value in reply.fields
    )
    return told and (b"Connection", b"close") in reply.fields


def _refused_at(one: Talk, two: Talk) -> int | None:
    """Which reply is the reference's last, and a refusal, where express went on."""
    at = _parting(one, two)
    if at != len(one.replies) - 1 or not _is_refusal(one.replies[at]):
        return None
    return at


_SINGLE = rb"(?:content-(?:location|range|type)|etag|max-forwards|server|user-agent)"
_REPEATED = re.compile(rb"(?is)\r\n(%b):.*\r\n\1:" % _SINGLE)


def _repeated_single_field(case: Case, one: Talk, two: Talk) -> Pair | None:
    at = _refused_at(one, two)
    if at is None or not any(map(_REPEATED.search, case.requests[at:])):
        return None
    return _until(one, two, at)


def _one_segment(case: Case, one: Talk, two: Talk) -> Pair | None:
    at = _refused_at(one, two)
    if at is None or len(two.replies) <= at or not _asks_for_close(two.replies[-1]):
        return None
    if len(two.replies) > at + 1 or _is_behind(case, two):
        return _until(one, two, at)
    return None


def _is_behind(case: Case, two: Talk) -> bool:
    """Whether anything was sent behind the last request that was answered."""
    before = len(b"".join(case.requests[: len(two.replies) - 1]))
    _, _, behind = case.stream[before:].partition(b"\r\n\r\n")
    return bool(behind)


def _several_flaws(case: Case, one: Talk, two: Talk) -> Pair | None:
    at = _parting(one, two)
    if not len(one.replies) == len(two.replies) == at + 1:
        return None
    ours, theirs = one.replies[at], two.replies[at]
    if not (_is_refusal(ours) and _is_refusal(theirs)):
        return None
    if not any(len(_CHUNKED.findall(raw)) > 1 for raw in case.requests[at:]):
        return None
    return _until(one, two, at) if 400 in (ours.status, theirs.status) else None


def _before_its_end(case: Case, one: Talk, two: Talk) -> Pair | None:
    at = _parting(one, two)
    both = len(one.replies) == len(two.replies) == at + 1
    if not both or not (_is_refusal(one.replies[at]) and _is_refusal(two.replies[at])):
        return None
    start = len(b"".join(case.requests[:at]))
    head, ends, _ = case.stream[start:].partition(b"\r\n\r\n")
    in_pieces = any(start < cut < start + len(head + ends) for cut in case.cuts)
    return _until(one, two, at) if in_pieces or not ends else None


def _asks_for_close(reply: Reply) -> bool:
    return (b"Connection", b"close") in reply.fields


def _without_close(reply: Reply) -> Reply:
    kept = [field for field in reply.fields if field != (b"Connection", b"close")]
    return replace(reply, fields=tuple(kept))


def _closes_after(
    case: Case, one: Talk, two: Talk, cause: re.Pattern[bytes]
) -> Pair | None:
    """The reference closes after a request with `cause` in it, and only it."""
    at = _parting(one, two)
    if at != len(one.replies) - 1 or len(two.replies) <= at:
        return None
    ours, theirs = one.replies[at], two.replies[at]
    if not _asks_for_close(ours) or not any(map(cause.search, case.requests)):
        return None
    if _without_close(ours) != theirs:
        return None
    # The others, so that what differs besides is seen.
    alike = replace(one, replies=(*one.replies[:at], theirs))
    return _until(alike, two, at + 1)


_UPGRADE = re.compile(rb"(?i)\r\nupgrade:")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:")


def _upgrade(case: Case, one: Talk, two: Talk) -> Pair | None:
    return _closes_after(case, one, two, _UPGRADE)


def _chunked(case: Case, one: Talk, two: Talk) -> Pair | None:
    return _closes_after(case, one, two, _CHUNKED)


_GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
_TWICE = b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: a\r\n"

ROWS: tuple[Row, ...] = (
    Row(
        "repeated single field",
        "aiohttp refuses a second line of fields that are single by their grammar; "
        "the gate refuses those that are read on the way, and passes the others on",
        _repeated_single_field,
        Case((_GET[:-2] + b"Max-Forwards: 1\r\nMax-Forwards: 2\r\n\r\n",)),
    ),
    Row(
        "several flaws",
        "aiohttp refuses a second Transfer-Encoding by itself, so that another flaw "
        "of the same head is found first, and the status may be 400 or another",
        _several_flaws,
        Case((_POST.replace(b"1.1", b"1.0") + _TWICE,)),
    ),
    Row(
        "one segment",
        "aiohttp parses all of a segment at once: a malformed request in it, or any "
        "byte behind the last one that the connection serves, is refused in place of "
        "the good ones before it, which were not begun",
        _one_segment,
        Case((_GET, _GET[:-2] + b"X\r\n\r\n")),
    ),
    Row(
        "before its end",
        "aiohttp refuses a head at its first bad byte, the express door when it is "
        "whole and the method and Accept are known: status and format may differ",
        _before_its_end,
        Case((b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n",), cuts=(2,)),
    ),
    Row(
        "upgrade not taken",
        "aiohttp loses what is pipelined behind an Upgrade field, so the reference "
        "door closes; the express door does so only where Connection names it",
        _upgrade,
        Case((_GET[:-2] + b"Upgrade: foo\r\n\r\n",)),
    ),
    Row(
        "behind chunks",
        "aiohttp takes the trailers of a chunked body for fields of the next head, "
        "so that the reference door closes behind one",
        _chunked,
        Case((_POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", _GET)),
    ),
)
