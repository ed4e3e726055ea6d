"""Confirmation: a 304 instead of a 200, where each coding has a tag of its own.

    client              sidecar                   origin
    "abc-gzip"  ──▶  "abc" ("abc-gzip" undone)  ──▶  304 "abc"
    304 "abc-gzip"  ◀──────────────────────────────────┘

Only codings that the client can still undo are looked for: a 304 must not revive
what it would not get today (RFC 9110 §13.1.2).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sidecar.policy.validation import may_confirm
from sidecar.semantics.accept_encoding import accepted
from sidecar.semantics.amendment import amend
from sidecar.semantics.conditional import is_unmodified, named
from sidecar.semantics.entity_tags import (
    coded,
    forms,
    is_strong,
    tags,
    uncoded,
    weakened,
)
from sidecar.semantics.message import RequestHead, ResponseHead
from sidecar.semantics.representation import confirmed, remade, varying

Values = Mapping[bytes, bytes]

_ACCEPT_ENCODING: Final = b"Accept-Encoding"
_ETAG: Final = frozenset((b"etag",))


def uncode(request: RequestHead, codings: Sequence[bytes]) -> None:
    """Ask in the origin's tags: it knows nothing of what we make of its contents."""
    values = request.values
    if b"-" not in values.get(b"if-none-match", b"") + values.get(b"if-match", b""):
        return  # ours end in `-` and the coding
    changes: dict[bytes, bytes | None] = {}
    for name in (b"if-none-match", b"if-match"):
        said = values.get(name)
        if said is not None and b"-" in said:
            # A change is to what the client has, whatever it accepts by now.
            ours = acceptable(values, codings) if name != b"if-match" else codings
            plain = uncoded(said, ours)
            if plain != said:
                changes[name] = plain
    if changes:
        amend(request, changes)


def acceptable(said: Values, codings: Sequence[bytes]) -> list[bytes]:
    weights = accepted(said.get(b"accept-encoding"))
    return [coding for coding in codings if weights.weight(coding)]


def confirmation(
    said: Values, head: ResponseHead, form: bytes | None, others: Sequence[bytes]
) -> ResponseHead | None:
    """The 304 that a 200 becomes; None where the client does not have it.

    `form` is what it would get, `others` the codings that it might have had before.
    """
    if not may_confirm(head.values):
        return None
    etag = head.values.get(b"etag")
    listed = said.get(b"if-none-match")
    if listed is not None:
        if etag is None:
            return None
        current = [coded(etag, form)] if form else []
        current += [etag, *_tags(etag, others)]
        found = named(listed, current)
        return None if found is None else confirmed(head, found)
    since, modified = said.get(b"if-modified-since"), head.values.get(b"last-modified")
    if since is None or modified is None or not is_unmodified(since, modified):
        return None
    return confirmed(head, coded(etag, form) if etag and form else etag)


def restored(
    said: Values, head: ResponseHead, codings: Sequence[bytes]
) -> ResponseHead:
    """The origin's 304 with the tag that the client asked with.

    Who has a weak one may have other bytes: those that a coding was undone of.
    """
    listed = said.get(b"if-none-match")
    if listed is None or not (b"-" in listed or b"W/" in listed):
        return head
    etag = head.values.get(b"etag")
    theirs = tags(listed)
    if etag is None:
        (found,) = theirs if len(theirs) == 1 else (None,)
    else:
        found = _theirs(theirs, etag, acceptable(said, codings))
    if found is None or found == etag:
        return head
    head = remade(head, _ETAG, ((b"ETag", found),))
    return varying(head, _ACCEPT_ENCODING)


def _theirs(
    theirs: Sequence[bytes], etag: bytes, codings: Sequence[bytes]
) -> bytes | None:
    """Of the client's tags, the one that the origin confirmed with a strong one."""
    if not is_strong(etag):
        return None
    ours = [etag, *_tags(etag, codings), weakened(etag)]
    return next((tag for tag in ours if tag in theirs), None)


def _tags(etag: bytes, codings: Sequence[bytes]) -> list[bytes]:
    return [coded(etag, form) for coding in codings for form in forms(coding)]
