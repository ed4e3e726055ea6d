"""Framing: where a message's body ends, and when that cannot be known for sure.

RFC 9112 §6.3, without its leniencies: two readings of one message are how
requests are smuggled, so what any implementation may read in another way is a
flaw. Repeated fields arrive joined by a comma, and fail for that alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from sidecar.semantics.fields import members

# The largest that a signed 64-bit integer holds, as most implementations have it.
LONGEST_CONTENT: Final = 2**63 - 1
_MOST_DIGITS: Final = len(str(LONGEST_CONTENT))

# RFC 9112 §7.2 and its registry: known to us, but not decoded here.
_KNOWN_CODINGS: Final = frozenset(
    {b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress"}
)


class Flaw(StrEnum):
    """Why the end of the body is in doubt; the text is for the log."""

    BOTH = "Content-Length beside Transfer-Encoding"
    CONTENT_LENGTH = "invalid or repeated Content-Length"
    TRANSFER_CODING = "Transfer-Encoding is not exactly chunked"
    UNKNOWN_CODING = "transfer coding not implemented"
    OLD_VERSION = "Transfer-Encoding in HTTP/1.0"


class Framing(NamedTuple):
    """How long the body is; neither says: none, or until the connection closes."""

    content_length: int | None
    chunked: bool


CHUNKED: Final = Framing(None, chunked=True)
UNFRAMED: Final = Framing(None, chunked=False)

Verdict: TypeAlias = Framing | Flaw


def content_length(value: bytes) -> int | None:
    """The number, or None where it is not one that all read alike (§6.2 of 9112).

    No sign, list, space or leading zero: `005` is decimal to some and octal to
    others.
    """
    if not value.isdigit() or len(value) > _MOST_DIGITS:
        return None
    if value.startswith(b"0") and len(value) > 1:
        return None
    number = int(value)
    return number if number <= LONGEST_CONTENT else None


def transfer_flaw(value: bytes) -> Flaw | None:
    """What is wrong with a Transfer-Encoding; None for exactly `chunked`.

    A known coding under a final `chunked` is well framed, only not implemented.
    """
    coding = value.lower()
    if coding == b"chunked":
        return None
    *inner, last = members(coding) or [b""]
    if inner and last == b"chunked" and _KNOWN_CODINGS.issuperset(inner):
        return Flaw.UNKNOWN_CODING
    return Flaw.TRANSFER_CODING


def framing(values: Mapping[bytes, bytes], minor: int) -> Verdict:
    """Read the framing of a request or response head from its joined fields."""
    coding = values.get(b"transfer-encoding")
    length = values.get(b"content-length")
    if coding is not None:
        if length is not None:
            return Flaw.BOTH
        if minor == 0:
            return Flaw.OLD_VERSION
        return transfer_flaw(coding) or CHUNKED
    if length is None:
        return UNFRAMED
    number = content_length(length)
    return Flaw.CONTENT_LENGTH if number is None else Framing(number, chunked=False)


def is_bodiless(status: int, method: bytes) -> bool:
    """Whether no body follows a response, whatever its fields say (§6.3)."""
    return method == b"HEAD" or status < 200 or status in (204, 304)  # noqa: PLR2004
