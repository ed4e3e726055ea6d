"""Understanding: a coding undone for a client that cannot undo it (RFC 9110 §12.5.3).

Only where the client said what it accepts: without Accept-Encoding any coding is
welcome, and the origin saw that there was none.
"""

from collections.abc import Mapping

from sidecar.coding.codec import Undecodable
from sidecar.coding.decoding import DECODERS, decoded
from sidecar.policy.compression import forbids_transforms
from sidecar.proxy.rendering import NO_FORMS, KeptForms, Rendered
from sidecar.semantics.accept_encoding import IDENTITY, accepted
from sidecar.semantics.entity_tags import weakened
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.semantics.representation import OF_THE_BYTES, remade, varying

_PARTIAL = 206
_OF_THE_CODING = OF_THE_BYTES | {b"content-encoding", b"etag"}


def undoes(said: Mapping[bytes, bytes], head: ResponseHead) -> bytes | None:
    """The coding to undo; None: there is none, or the client can, or we cannot."""
    values = head.values
    coding = values.get(b"content-encoding")
    if coding is None:
        return None
    coding = coding.lower()
    field = said.get(b"accept-encoding")
    if field is None or coding not in DECODERS or head.status == _PARTIAL:
        return None
    weights = accepted(field)
    if weights.weight(coding.removeprefix(b"x-")) or not weights.weight(IDENTITY):
        return None
    return None if forbids_transforms(values) else coding


def undone(head: ResponseHead) -> ResponseHead:
    """The head without its coding. The tag is weak: other bytes, same meaning."""
    more: Fields = []
    if (etag := head.values.get(b"etag")) is not None:
        more.append((b"ETag", weakened(etag)))
    head = varying(remade(head, _OF_THE_CODING, more), b"Accept-Encoding")
    head.content_length = None
    return head


def understood(
    said: Mapping[bytes, bytes], head: ResponseHead, content: bytes, forms: KeptForms
) -> tuple[ResponseHead, bytes, KeptForms]:
    """The response without its coding, if that can be, and what was made of it.

    Where it is not kept, neither is what is made of it: that is no form of the body.
    """
    coding = undoes(said, head)
    if coding is None:
        return head, content, forms
    try:
        content = decoded(content, coding)
    except Undecodable:
        return head, content, forms
    forms.put(IDENTITY, content)
    kept = forms.get(IDENTITY) is not None
    return undone(head), content, forms if kept else NO_FORMS


def known(
    said: Mapping[bytes, bytes], head: ResponseHead, content: bytes, forms: KeptForms
) -> Rendered:
    """The same, where it was undone before; else as it is."""
    if b"content-encoding" in head.values and undoes(said, head) is not None:
        plain = forms.get(IDENTITY)
        if plain is not None:
            return undone(head), plain[1]
    return head, content
