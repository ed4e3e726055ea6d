"""Rendition: a stored response's heads, made once and sent many times.

What changes from answer to answer (Age, Cache-Status, X-Request-Id, whether the
connection closes) is written behind it, and is a few dozen bytes.
"""

from sidecar.semantics.field_block import pack, unpack
from sidecar.semantics.forwarding import Edits, status_line
from sidecar.semantics.message import Fields
from sidecar.storage.entry import Rendition, Stored

# RFC 9110 §15.4.5: a 304 says no more of the representation than it has to.
_OF_REPRESENTATION = frozenset(
    {b"content-encoding", b"content-language", b"content-range", b"content-type"}
)
_NOT_MODIFIED = status_line(304, b"") + b"\r\n"
_BODILESS = frozenset({204, 304})


def rendition(entry: Stored, edits: Edits) -> Rendition:
    """The entry's body as it is, in the heads of a route with these edits."""
    block = edited(entry.lines, edits)
    framing = b""
    if entry.status not in _BODILESS:
        framing = b"Content-Length: %d\r\n" % len(entry.body)
    return Rendition(
        head=b"%b\r\n%b%b" % (status_line(entry.status, b""), block, framing),
        not_modified=_NOT_MODIFIED + pack(of_not_modified(unpack(block))),
        etag=entry.etag,
        content=entry.body,
    )


def edited(block: bytes, edits: Edits) -> bytes:
    if not edits.names:
        return block
    kept = [pair for pair in unpack(block) if pair[0].lower() not in edits.names]
    return pack([*kept, *edits.fields])


def of_not_modified(fields: Fields) -> Fields:
    return [field for field in fields if field[0].lower() not in _OF_REPRESENTATION]
