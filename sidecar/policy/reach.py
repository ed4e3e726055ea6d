"""Reach: which routes no request can ever take, because earlier ones take all.

For each route a request is made up that it fits. Where the router gives it to
that route, nothing is hidden; only where it does not, the earlier ones are
asked one by one. So 10,000 routes are checked in the time of a start.
"""

from collections.abc import Iterator, Sequence

from sidecar.policy.match import PRESENT, Match, covers
from sidecar.policy.path_pattern import MANY, ONE, segments
from sidecar.policy.routing import Router
from sidecar.semantics.message import RequestHead

# What no pattern says literally; if one does, the answer only takes longer.
_ANY = b"~any~"


def hidden(matches: Sequence[Match]) -> Iterator[tuple[int, int]]:
    """Indexes of a route that is never reached, and of the first that hides it."""
    router = Router(matches)
    for index, match in enumerate(matches):
        if any(router.match(head) == index for head in _fitting(match)):
            continue
        for earlier in range(index):
            if covers(matches[earlier], match):
                yield index, earlier
                break


def _fitting(match: Match) -> Iterator[RequestHead]:
    """Requests that `match` fits, one for each of its methods."""
    parts = [MANY] if match.path is None else segments(match.path)
    target = b"".join(b"/" + _part(part) for part in parts)
    host = b"" if match.host is None else match.host.replace(b"*", _ANY)
    values = {
        name.lower(): _ANY if value == PRESENT else value
        for name, value in match.fields.items()
    }
    methods = [_ANY] if match.methods is None else match.methods
    for method in methods:
        yield RequestHead(method, target, 1, host, [], values)


def _part(part: bytes) -> bytes:
    if part == MANY:
        return _ANY + b"/" + _ANY
    return _ANY if part == ONE else part
