"""Representation: what must change in a response head when its content does.

A head is left alone and another one made of it, except by `marked`, which is for
one that nobody else has.
"""

from collections.abc import Sequence
from typing import Final

from sidecar.semantics.conditional import not_modified_fields
from sidecar.semantics.entity_tags import coded
from sidecar.semantics.fields import members
from sidecar.semantics.message import Field, Fields, ResponseHead

NOT_MODIFIED: Final = 304

# Of the bytes themselves (RFC 9530, and what came before it); and ranges are of
# the bytes that the origin has.
OF_THE_BYTES: Final = frozenset(
    (
        b"accept-ranges",
        b"content-digest",
        b"content-md5",
        b"digest",
        b"repr-digest",
    )
)
_VARY: Final = frozenset((b"vary",))
_OF_A_CODING_BUT_TAGS: Final = OF_THE_BYTES | {b"content-encoding"}
_OF_A_CODING: Final = _OF_A_CODING_BUT_TAGS | {b"etag"}
_NOTHING: Final[frozenset[bytes]] = frozenset()


def marked(head: ResponseHead, field: Field) -> None:
    """Append a field that is not there yet and passes to the client."""
    name, value = field
    head.fields.append(field)
    head.values[name.lower()] = value
    if head.passing is not None:
        head.passing.append(b"%b: %b\r\n" % field)


def remade(
    head: ResponseHead, without: frozenset[bytes], more: Sequence[Field] = ()
) -> ResponseHead:
    """The head without some fields, whose names are in lower case, and with `more`.

    What is added passes to the client.
    """
    passing = None if head.passing is None else head.passing.copy()
    if without.isdisjoint(head.values):
        fields, values = head.fields.copy(), head.values.copy()
    else:
        fields = [field for field in head.fields if field[0].lower() not in without]
        values = {name: one for name, one in head.values.items() if name not in without}
        if passing is not None:
            passing = [
                line
                for line in passing
                if line.partition(b":")[0].lower() not in without
            ]
    made = ResponseHead(
        head.status,
        head.reason,
        head.minor,
        fields,
        values,
        head.content_length,
        chunked=head.chunked,
        bodiless=head.bodiless,
        passing=passing,
    )
    for field in more:
        marked(made, field)
    return made


def varies(head: ResponseHead, name: bytes) -> bool:
    """Whether Vary names the request field already (RFC 9110 §12.5.5)."""
    said = head.values.get(b"vary")
    if said is None:
        return False
    named = members(said.lower())
    return b"*" in named or name.lower() in named


def varying(head: ResponseHead, name: bytes) -> ResponseHead:
    """The head with one Vary that names `name` too; the same where it does."""
    if varies(head, name):
        return head
    said = head.values.get(b"vary")
    value = name if not said else b"%b, %b" % (said, name)
    return remade(head, _VARY, ((b"Vary", value),))


def varying_now(head: ResponseHead, name: bytes) -> ResponseHead:
    """The same for a head that nobody else has: it is changed where that will do."""
    if b"vary" in head.values:
        return varying(head, name)
    marked(head, (b"Vary", name))
    return head


def encoded(
    head: ResponseHead, coding: bytes, form: bytes | None = None
) -> ResponseHead:
    """The head of what `coding` makes of the content.

    `form`: what its tag calls it, where that is not just the coding.
    """
    more: Fields = [(b"Content-Encoding", coding)]
    etag = head.values.get(b"etag")
    if etag is not None:
        more.append((b"ETag", coded(etag, form or coding)))
    made = _without_our_tag(head) or remade(head, _OF_A_CODING)
    for field in more:
        marked(made, field)
    made.content_length = None
    return made


def _without_our_tag(head: ResponseHead) -> ResponseHead | None:
    """The head without a tag that we wrote, if nothing else of it is of a coding.

    As most are: it need not be looked for among all fields.
    """
    field = (b"ETag", head.values.get(b"etag", b""))
    line = b"ETag: %b\r\n" % field[1]
    passing = head.passing
    if passing is None or line not in passing or field not in head.fields:
        return None
    if not _OF_A_CODING_BUT_TAGS.isdisjoint(head.values):
        return None
    made = remade(head, _NOTHING)
    made.fields.remove(field)
    if made.passing is not None:
        made.passing.remove(line)
    return made


def confirmed(head: ResponseHead, etag: bytes | None) -> ResponseHead:
    """The 304 to a 200, with the tag of what the client has (§15.4.5)."""
    fields = not_modified_fields(head.fields)
    if etag is not None:
        fields = [field for field in fields if field[0].lower() != b"etag"]
        fields.append((b"ETag", etag))
    values = {name.lower(): value for name, value in fields}
    for kept in (b"connection", b"via", b"x-request-id"):
        if kept in head.values:
            values[kept] = head.values[kept]
    return ResponseHead(NOT_MODIFIED, b"", head.minor, fields, values, bodiless=True)
