"""Tagging: the tag of a content that is whole, and what a request gets by it.

A client that has the content gets a 304, one that wants a part of it a 206.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sidecar.policy.compression import Skipped
from sidecar.policy.confirmation import acceptable, confirmation
from sidecar.policy.validation import Validation, digest, etag
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.part import part
from sidecar.proxy.tally import Made
from sidecar.semantics.conditional import is_conditional
from sidecar.semantics.entity_tags import is_tag
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import marked

_OK: Final = 200
READING: Final = frozenset((b"GET", b"HEAD"))


def tagged(
    validation: Validation | None,
    exchange: Exchange,
    head: ResponseHead,
    content: bytes,
) -> bytes | None:
    """Give it a tag, if it is to have one; None: conditions are not ours to judge.

    Return the digest that became its tag; empty where none did.
    """
    if validation is None or head.status != _OK:
        return None
    if exchange.request.method not in READING:
        return None
    if not validation.tags(head.values, len(content)):
        return b""
    made = digest(content)
    marked(head, (b"ETag", etag(made)))
    return made


def less(
    exchange: Exchange,
    head: ResponseHead,
    content: bytes,
    form: bytes | Skipped,
    codings: Sequence[bytes],
) -> Made | None:
    """What goes out instead of a 200; None: all of it.

    `form` is what all of it would get, of one of the route's `codings`.
    """
    said = exchange.said
    if not is_conditional(said):
        return None
    if confirmed := confirmed_head(said, head, form, codings):
        return confirmed, b"", None
    # RFC 9110 §14.2: Range means nothing to another method.
    if exchange.request.method != b"GET" or _is_of_a_form(said, form):
        return None
    partial = part(head, content, said)
    return None if partial is None else (*partial, Skipped.RANGE)


def _is_of_a_form(said: Mapping[bytes, bytes], form: bytes | Skipped) -> bool:
    """Whether the part is to go on with bytes that may have been coded.

    A date does not tell the forms of a representation apart, as their tags do.
    """
    dated = said.get(b"if-range")
    return isinstance(form, bytes) and dated is not None and not is_tag(dated)


def confirmed_head(
    said: Mapping[bytes, bytes],
    head: ResponseHead,
    form: bytes | Skipped,
    codings: Sequence[bytes],
) -> ResponseHead | None:
    """The 304 to a client that has it; None: it does not."""
    if b"if-none-match" not in said and b"if-modified-since" not in said:
        return None
    chosen = form if isinstance(form, bytes) else None
    return confirmation(said, head, chosen, acceptable(said, codings))
