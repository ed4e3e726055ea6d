"""Freshening: a stored response's fields, brought up to date by a newer response.

RFC 9111 §3.2, §4.3.4, §4.3.5. Each field of the newer response replaces all
stored ones of its name; what describes the stored content stays as it is.
"""

from collections.abc import Mapping

from sidecar.semantics.hop_by_hop import HOP_BY_HOP, nominated
from sidecar.semantics.http_date import parse
from sidecar.semantics.message import Fields

# They describe the content that was stored with them, or identify it.
_OF_CONTENT = frozenset(
    {
        b"content-digest",
        b"content-encoding",
        b"content-length",
        b"content-md5",
        b"content-range",
        b"digest",
        b"etag",
    }
)
# Age is worked out anew; what ends at a hop is not stored at all (§3.1).
_NOT_STORED = HOP_BY_HOP | {b"age"}


def storable_fields(
    fields: Fields, values: Mapping[bytes, bytes], withheld: frozenset[bytes]
) -> Fields:
    """The fields that are stored with a response, in order.

    §3.1: without hop-by-hop ones, those that Connection names, those that the
    response itself wants left out, and those that we write ourselves.
    """
    gone = _NOT_STORED | withheld | {b"content-length"}
    gone |= nominated(values.get(b"connection"))
    return [field for field in fields if field[0].lower() not in gone]


def freshened(
    stored: Fields, newer: Fields, newer_values: Mapping[bytes, bytes]
) -> Fields:
    """The stored fields with those of a 304, or of a HEAD's answer."""
    gone = _NOT_STORED | _OF_CONTENT | nominated(newer_values.get(b"connection"))
    taken = [field for field in newer if field[0].lower() not in gone]
    replaced = {name.lower() for name, _ in taken}
    return [field for field in stored if field[0].lower() not in replaced] + taken


def confirms(newer: Mapping[bytes, bytes], etag: bytes, last_modified: bytes) -> bool:
    """Whether a 304 speaks of the response with these validators (§4.3.4).

    One without validators does: we asked about one response alone. A weak
    validator that matches does as well, as nothing else was asked about.
    """
    if b"etag" in newer:
        return newer[b"etag"].removeprefix(b"W/") == etag.removeprefix(b"W/")
    if b"last-modified" in newer and last_modified:
        return parse(newer[b"last-modified"]) == parse(last_modified)
    return True


def same_content(
    newer: Mapping[bytes, bytes], etag: bytes, last_modified: bytes, length: int
) -> bool | None:
    """Whether a HEAD's answer speaks of the stored content (§4.3.5).

    A validator or length that differs says that it does not. None, where there is
    no validator: equal lengths alone prove nothing.
    """
    said = newer.get(b"content-length")
    if said is not None and said != b"%d" % length:
        return False
    theirs = newer.get(b"etag", b""), newer.get(b"last-modified", b"")
    pairs = [
        pair for pair in zip(theirs, (etag, last_modified), strict=True) if pair[0]
    ]
    return all(new == stored for new, stored in pairs) if pairs else None


def conditions(etag: bytes, last_modified: bytes) -> Fields:
    """What asks whether a stored response still holds (§4.3.1)."""
    fields = []
    if etag:
        fields.append((b"If-None-Match", etag))
    if last_modified:
        fields.append((b"If-Modified-Since", last_modified))
    return fields
