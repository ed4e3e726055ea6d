"""Selecting: JSON field selection, from the request's parameter to the document."""

from dataclasses import dataclass

from sidecar.coding.codec import Undecodable
from sidecar.coding.decoding import DECODERS, decoded
from sidecar.errors import BadRequest, RequestRefused
from sidecar.policy.compression import forbids_transforms
from sidecar.policy.media_types import charset, essence
from sidecar.policy.projection import projected
from sidecar.policy.selection import PLAIN_AND_WHOLE, READS, Mask, choice
from sidecar.proxy.exchange import Exchange
from sidecar.semantics.amendment import amend
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import OF_THE_BYTES, remade
from sidecar.units import Bytes

_STALE = OF_THE_BYTES | {b"content-encoding", b"etag"}
_OK = 200
# What is left of a document is written as JSON is, whatever the head says.
_CHARSETS = frozenset((b"", b"utf-8", b"utf8"))


@dataclass(frozen=True, slots=True)
class Selecting:
    """`parameter` names the query parameter, `envelope` the member that stands for
    the whole. `passes`: the origin gets the parameter too. `strict`: an expression
    that cannot be read is refused.
    """

    parameter: bytes
    envelope: str | None = None
    max_size: Bytes = 1024 * 1024
    strict: bool = False
    passes: bool = False

    def receive(self, exchange: Exchange) -> RequestRefused | None:
        request = exchange.request
        if request.method not in READS:
            return None
        chosen = choice(
            request.target,
            self.parameter,
            envelope=self.envelope is not None,
            passes=self.passes,
        )
        if self.strict and not chosen.readable:
            return BadRequest("the field selection cannot be read")
        request.target = chosen.target
        exchange.mask = chosen.mask
        if chosen.mask is not None:
            amend(request, PLAIN_AND_WHOLE)
        return None

    def selected(
        self, head: ResponseHead, content: bytes, wanted: Mask
    ) -> tuple[ResponseHead, bytes] | None:
        """The response with what is wanted; None where it stays as it is."""
        if not self.is_document(head) or len(content) > self.max_size:
            return None
        coding = head.values.get(b"content-encoding", b"identity").lower()
        if coding != b"identity":
            try:
                content = decoded(content, coding, self.max_size)
            except Undecodable:
                return None
        found = projected(content, wanted, self.envelope)
        if found is None:
            return None
        return remade(head, _STALE), found

    def unselected(self, head: ResponseHead) -> ResponseHead:
        """What a HEAD may say of it: not what is true of the whole document alone."""
        if not self.is_document(head):
            return head
        head = remade(head, _STALE)
        head.content_length = None
        return head

    def is_document(self, head: ResponseHead) -> bool:
        """Whether this may be a document to select from."""
        said = head.values.get(b"content-type", b"")
        kind = essence(said)
        coding = head.values.get(b"content-encoding", b"identity").lower()
        return (
            head.status == _OK
            and (kind == b"application/json" or kind.endswith(b"+json"))
            and charset(said) in _CHARSETS
            and (coding == b"identity" or coding in DECODERS)
            and not forbids_transforms(head.values)
        )
