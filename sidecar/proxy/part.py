"""Part: a 206 or 416 made of a content that is held whole (RFC 9110 §14)."""

from collections.abc import Mapping, Sequence
from secrets import token_hex

from sidecar.policy.compression import is_encoded
from sidecar.proxy.rendering import Rendered
from sidecar.semantics.conditional import range_applies
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.semantics.ranges import NoParts, Range, content_range, multipart, parts
from sidecar.semantics.representation import remade

_PARTIAL, _UNSATISFIABLE = 206, 416
# §15.3.7, and RFC 9530 for the digest of what is in the message.
_OF_THE_WHOLE = frozenset((b"content-digest", b"content-md5", b"content-range"))
# How long the whole may be kept is nothing to an error, which is of one Range alone.
_OF_NO_ERROR = _OF_THE_WHOLE | frozenset(
    (
        b"cache-control",
        b"cdn-cache-control",
        b"content-encoding",
        b"content-type",
        b"etag",
        b"expires",
        b"last-modified",
        b"surrogate-control",
    )
)


def part(
    head: ResponseHead, content: bytes, said: Mapping[bytes, bytes]
) -> Rendered | None:
    """What the request's Range wants of a 200; None: the whole."""
    wanted = said.get(b"range")
    if wanted is None or head.values.get(b"accept-ranges", b"").lower() == b"none":
        return None
    etag = head.values.get(b"etag")
    if not range_applies(said.get(b"if-range"), head.values, etag):
        return None
    found = parts(wanted, len(content))
    if found is NoParts.WHOLE:
        return None
    if isinstance(found, NoParts):
        fields = [content_range(None, len(content))]
        return _changed(head, _UNSATISFIABLE, _OF_NO_ERROR, fields), b""
    if len(found) == 1:
        (one,) = found
        fields = [content_range(one, len(content))]
        head = _changed(head, _PARTIAL, _OF_THE_WHOLE, fields)
        return head, content[one.first : one.last + 1]
    # Clients undo the coding of a message: of the parts, and all around them.
    return None if is_encoded(head.values) else _several(head, content, found)


def _several(head: ResponseHead, content: bytes, found: Sequence[Range]) -> Rendered:
    boundary = token_hex(12).encode("ascii")
    fields = [(b"Content-Type", b"multipart/byteranges; boundary=" + boundary)]
    body = multipart(content, found, boundary, head.values.get(b"content-type"))
    names = _OF_THE_WHOLE | {b"content-type"}
    return _changed(head, _PARTIAL, names, fields), body


def _changed(
    head: ResponseHead, status: int, without: frozenset[bytes], more: Fields
) -> ResponseHead:
    head = remade(head, without, more)
    head.status, head.reason, head.content_length = status, b"", None
    return head
