"""Plain head: the request heads that nearly all clients send, read in one pass.

What is not exactly plain is not refused here: the full parser and the gate judge
it (`server.request_parser`), and would say the same of what is. Pure.
"""

from typing import Final, NamedTuple

from sidecar.semantics.forwarding import REQUEST_LINES
from sidecar.semantics.framing import content_length
from sidecar.semantics.lines import NotPlain
from sidecar.semantics.message import Fields, RequestHead
from sidecar.semantics.target import is_plain
from sidecar.server.gate import COMMON_METHODS, Limits
from sidecar.units import Bytes

# Of the fields of a head, all together; those of a client seldom change.
REMEMBERED: Final = 256
REMEMBERED_LENGTH: Final[Bytes] = 512

_END_OF_LINE: Final = b"\r\n"
_END_OF_HEAD: Final = len(b"\r\n\r\n")
_PERSISTENT: Final = {None: True, b"keep-alive": True, b"close": False}


class Said(NamedTuple):
    """What the fields of a plain head say; nobody writes to it, for it is shared."""

    fields: Fields
    values: dict[bytes, bytes]
    passing: list[bytes]
    host: bytes
    length: Bytes | None
    keep_alive: bool


class Sections(dict[bytes, Said]):
    """The field lines of a head → what they say together.

    A dictionary that fills itself, up to a bound, with those whose every line is
    remembered: so nothing with a secret, or with what is new in each message.
    """

    def __missing__(self, raw: bytes) -> Said:
        lines = raw.split(_END_OF_LINE)
        said = _read(lines)
        if len(raw) <= REMEMBERED_LENGTH and all(
            map(REQUEST_LINES.__contains__, lines)
        ):
            if len(self) >= REMEMBERED:
                self.clear()
            self[raw] = said
        return said


_SECTIONS: Final = Sections()


def plain_head(raw: bytes, limits: Limits) -> RequestHead | None:
    """The head in `raw`, which ends with its empty line; None where it is not plain.

    Plain is HTTP/1.1 in origin-form, each field once, a body only by its length,
    and nothing asked of the connection but whether it stays open.
    """
    size = len(raw)
    # The whole head is within the limit of one field.
    if size > limits.field or size > limits.head:
        return None
    line, _, section = raw[:-_END_OF_HEAD].partition(_END_OF_LINE)
    try:
        method, target, version = line.split(b" ")
        fields, values, passing, host, length, keep_alive = _SECTIONS[section]
    except ValueError:  # NotPlain among them
        return None
    if (
        version != b"HTTP/1.1"
        or method not in COMMON_METHODS
        or not is_plain(target)
        or len(target) > limits.target
        or len(fields) >= limits.fields
    ):
        return None
    head = RequestHead(method, target, 1, host, fields, values, passing)
    if length is not None:
        if limits.body is not None and length > limits.body:
            return None
        head.content_length = length
    if not keep_alive:
        head.keep_alive = False
    return head


def _read(lines: list[bytes]) -> Said:
    """What these lines say, each looked up.

    Raises:
        NotPlain
    """
    fields, values, passing = REQUEST_LINES.section(lines)
    host = values.get(b"host")
    keep_alive = _PERSISTENT.get(values.get(b"connection"))
    if (
        host is None
        or keep_alive is None
        or b"transfer-encoding" in values
        or b"expect" in values
        or b"upgrade" in values
    ):
        raise NotPlain
    length = None
    if b"content-length" in values:
        length = content_length(values[b"content-length"])
        if length is None:
            raise NotPlain
    return Said(fields, values, passing, host, length, keep_alive)
