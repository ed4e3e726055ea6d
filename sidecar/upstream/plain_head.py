"""Plain head: the response heads that nearly all upstreams send, read in one pass.

What is not exactly plain is not refused here: the full parser and the response
gate judge it (`upstream.head`), and would say the same of what is. Pure.
"""

from functools import lru_cache
from typing import Final

from sidecar.semantics.forwarding import RESPONSE_LINES
from sidecar.semantics.framing import CHUNKED, content_length, framing, is_bodiless
from sidecar.semantics.lines import NotPlain
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes

LONGEST: Final[Bytes] = 16 * 1024
MOST_FIELDS: Final = 64

_END_OF_LINE: Final = b"\r\n"
_END_OF_HEAD: Final = len(b"\r\n\r\n")
_VERSION: Final = b"HTTP/1.1 "
_STATUS: Final = len(_VERSION)
_SPACE: Final = _STATUS + len(b"200")
_REASON: Final = _SPACE + 1


def plain_head(raw: bytes, method: bytes) -> ResponseHead | None:
    """The head in `raw`, which ends with its empty line; None where it is not plain.

    Plain is a final response of HTTP/1.1, each field once.
    """
    if len(raw) > LONGEST:
        return None
    lines = raw[:-_END_OF_HEAD].split(_END_OF_LINE)
    if len(lines) > MOST_FIELDS:
        return None
    try:
        status, reason = _status_line(lines[0])
        del lines[0]
        fields, values, passing = RESPONSE_LINES.section(lines)
    except NotPlain:
        return None
    length, chunked = None, False
    if b"transfer-encoding" in values:
        if framing(values, 1) is not CHUNKED:
            return None
        chunked = True
    elif b"content-length" in values:
        length = content_length(values[b"content-length"])
        if length is None:
            return None
    return ResponseHead(
        status,
        reason,
        1,
        fields,
        values,
        length,
        chunked=chunked,
        bodiless=is_bodiless(status, method),
        passing=passing,
    )


def is_phrase(reason: bytes) -> bool:
    return reason.replace(b" ", b"").replace(b"-", b"").isalpha()


@lru_cache(maxsize=256)
def _status_line(line: bytes) -> tuple[int, bytes]:
    """Status and reason.

    Raises:
        NotPlain
    """
    digits, reason = line[_STATUS:_SPACE], line[_REASON:]
    if (
        not line.startswith(_VERSION)
        or not digits.isdigit()
        or not b"200" <= digits <= b"599"
        or line[_SPACE:_REASON] != b" "
        or not is_phrase(reason)
    ):
        raise NotPlain
    return int(digits), reason
