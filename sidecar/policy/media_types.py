"""Media types: a list of them, some with `*`, and whether a response is of one.

`text/*` is any text but an event stream, `application/*+json` any type made of
JSON. Streams of messages of their own (`STREAMS`) are meant only where they are
named: whoever reads them may wait for what a codec still holds.
"""

from collections.abc import Iterable
from typing import Final

STREAMS: Final = (b"text/event-stream", b"application/grpc", b"multipart/")

# An application has a handful; what a hostile one makes up is not kept.
_KEPT: Final = 256
_LONGEST_KEPT: Final = 128


def essence(content_type: bytes) -> bytes:
    """Type and subtype in lower case, without parameters (RFC 9110 §8.3.1)."""
    return content_type.partition(b";")[0].strip(b" \t").lower()


def charset(content_type: bytes) -> bytes:
    """The first charset that it names, in lower case; empty where there is none."""
    for parameter in content_type.lower().split(b";")[1:]:
        name, _, value = parameter.partition(b"=")
        if name.strip(b" \t") == b"charset":
            return value.strip(b' \t"')
    return b""


class MediaTypes:
    """Remembers what it was asked: applications repeat themselves."""

    __slots__ = ("_exact", "_known", "_wild")

    def __init__(self, patterns: Iterable[str]) -> None:
        wanted = [pattern.lower().encode("ascii", "replace") for pattern in patterns]
        self._exact = frozenset(one for one in wanted if b"*" not in one)
        self._wild = tuple(one.split(b"*") for one in wanted if one.count(b"*") == 1)
        if b"*/*" in wanted:
            self._wild = ([b"", b""],)
        self._known: dict[bytes, bool] = {}

    def __contains__(self, content_type: bytes) -> bool:
        known = self._known.get(content_type)
        if known is not None:
            return known
        found = self._fits(essence(content_type))
        if len(content_type) <= _LONGEST_KEPT and len(self._known) < _KEPT:
            self._known[content_type] = found
        return found

    def _fits(self, one: bytes) -> bool:
        if one in self._exact:
            return True
        if one.startswith(STREAMS) or b"/" not in one:
            return False
        return any(
            len(one) > len(before) + len(after)
            and one.startswith(before)
            and one.endswith(after)
            for before, after in self._wild
        )
