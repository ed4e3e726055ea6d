"""Lightening: responses made smaller, or left out where the client has them.

    whole:   select ─▶ undo a coding ─▶ tag ─▶ 304? ─▶ 206? ─▶ compress
    stream:  undo a coding ─▶ 304? ─▶ compress, as it comes

What a response needs is decided by `policy.compression` and `policy.validation`;
here it is carried out. Whatever is not sure to be better stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from sidecar.coding.decoding import Decoding
from sidecar.errors import RequestRefused
from sidecar.policy.compression import Compression, Skipped, carries_credentials
from sidecar.policy.confirmation import restored, uncode
from sidecar.policy.remembering import may_remember
from sidecar.policy.validation import Validation
from sidecar.proxy.coder import Coder
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.flow import Recoding
from sidecar.proxy.patience import patience
from sidecar.proxy.rendering import NO_FORMS, Flow, KeptForms, Patience, Rendered
from sidecar.proxy.selecting import Selecting
from sidecar.proxy.tagging import READING, confirmed_head, less, tagged
from sidecar.proxy.tally import Coded, Counting, Made
from sidecar.proxy.understanding import understood, undoes, undone
from sidecar.proxy.workshop import Workshop
from sidecar.semantics.conditional import is_conditional
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import NOT_MODIFIED, encoded, varying_now
from sidecar.units import NEVER, Bytes

_OK: Final = 200
# Of a document parsed without a thread. A coding is undone in one: it may expand.
SHORT: Final[Bytes] = 64 * 1024


@dataclass(frozen=True, slots=True)
class Lightening:
    """The rendering of a route; `validation` or `selecting` None: not here."""

    compression: Compression
    validation: Validation | None
    selecting: Selecting | None
    coder: Coder
    workshop: Workshop
    tally: Counting
    undoes_codings = True

    def receive(self, exchange: Exchange) -> RequestRefused | None:
        said = exchange.said
        if b"if-none-match" in said or b"if-match" in said:
            uncode(exchange.request, self.compression.codings)
        return None if self.selecting is None else self.selecting.receive(exchange)

    def kind(self, exchange: Exchange) -> bytes | None:
        return self.compression.kind(exchange.said) if exchange.mask is None else None

    def outcome(self, exchange: Exchange) -> bytes:
        return self.compression.outcome(exchange.said)

    def takes_time(self, exchange: Exchange, head: ResponseHead, size: Bytes) -> bool:
        if size > SHORT or b"content-encoding" in head.values:
            if exchange.mask is not None or undoes(exchange.said, head) is not None:
                return not head.bodiless
        elif size <= self.coder.inline:
            return False
        coding = self._planned(exchange, head, size)
        return bool(coding) and self.coder.takes_time(coding, size)

    def whole(
        self,
        exchange: Exchange,
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,
    ) -> Rendered:
        if head.bodiless:
            return self._bodiless(exchange, head), content
        if (
            len(content) < self.compression.min_size
            and exchange.mask is None
            and b"content-encoding" not in head.values
            and not is_conditional(exchange.said)
        ):
            return self._small(exchange, head, content)
        return self.tally.made(self._made(exchange, head, content, forms))

    async def whole_later(
        self,
        exchange: Exchange,
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,
    ) -> Rendered:
        shop = self.workshop
        has_time = shop.has_room
        if exchange.mask is not None and not has_time:
            # As one that is too large: all of it, now, instead of a part later.
            exchange.mask = None
            self.tally.unselected()
        run = shop.run if exchange.mask is None else shop.run_alone
        made = await run(self._made, exchange, head, content, forms, has_time=has_time)
        return self.tally.made(made)

    def collects(self, exchange: Exchange, head: ResponseHead) -> Patience | None:
        if head.bodiless or head.status != _OK:
            return None
        if self.selecting is not None and exchange.mask is not None:
            if self.selecting.is_document(head):
                return Patience(self.selecting.max_size, NEVER)
            return None
        return patience(self.validation, self._planned, exchange, head)

    def stream(
        self, exchange: Exchange, head: ResponseHead
    ) -> tuple[ResponseHead, Flow | None]:
        said = exchange.said
        origins = undoes(said, head)
        if origins is not None:
            head = undone(head)
        head, coding = self._negotiated(exchange, head)
        if coding is None:
            return head, None
        encoder = None
        if isinstance(coding, bytes):
            encoder = self.coder.encoder(coding, padded=carries_credentials(said))
            head = head if encoder is None else encoded(head, coding)
            coding = Skipped.BUSY if encoder is None else coding
        if isinstance(coding, Skipped):
            self.tally.skipped(coding)
        if origins is None and encoder is None:
            return head, None
        decoding = None if origins is None else Decoding(origins)
        return head, Recoding(decoding, encoder, partial(self._over, coding))

    def _planned(self, exchange: Exchange, head: ResponseHead, size: Bytes) -> bytes:
        """The coding that a content of that size will get; empty: none."""
        if self.compression.obstacle(head.status, head.values, size) is not None:
            return b""
        coding = self._choice(exchange.said)
        return coding if isinstance(coding, bytes) else b""

    def _small(
        self, exchange: Exchange, head: ResponseHead, content: bytes
    ) -> Rendered:
        """What `_made` comes to for most responses: a tag, at most."""
        tagged(self.validation, exchange, head, content)
        self.tally.small()
        return head, content

    def _made(
        self,
        exchange: Exchange,
        head: ResponseHead,
        content: bytes,
        forms: KeptForms,
        *,
        has_time: bool = True,
    ) -> Made:
        said = exchange.said
        head, content, forms = self._other(exchange, head, content, forms)
        digest = tagged(self.validation, exchange, head, content)
        head, coding = self._coding(said, head, len(content))
        if isinstance(coding, bytes) and not has_time:
            coding = Skipped.BUSY
        found = forms.get(coding) if isinstance(coding, bytes) else None
        form = coding if found is None else found[0]
        codings = self.compression.codings
        if digest is not None and (
            made := less(exchange, head, content, form, codings)
        ):
            return made
        if isinstance(coding, Skipped):
            return head, content, coding
        if found is None:
            # What is stored keeps its own forms.
            is_new = digest and forms is NO_FORMS
            name = digest if is_new and may_remember(said, head.values) else None
            padded = carries_credentials(said)
            coded = self.coder.compress(coding, content, name, padded=padded)
            if len(coded) >= len(content):
                return head, content, Skipped.INCOMPRESSIBLE
            forms.put(coding, coded)
            found = coding, coded
        form, coded = found
        done = Coded(coding, len(content), len(coded))
        return encoded(head, coding, form), coded, done

    def _bodiless(self, exchange: Exchange, head: ResponseHead) -> ResponseHead:
        """What a HEAD says is what the GET would, as far as it is known."""
        if head.status == NOT_MODIFIED:
            self.tally.not_modified()
            return restored(exchange.said, head, self.compression.codings)
        if self.selecting is not None and exchange.mask is not None:
            head = self.selecting.unselected(head)
        if undoes(exchange.said, head) is not None:
            head = undone(head)
        head, coding = self._negotiated(exchange, head)
        return encoded(head, coding) if isinstance(coding, bytes) else head

    def _negotiated(
        self, exchange: Exchange, head: ResponseHead
    ) -> tuple[ResponseHead, bytes | Skipped | None]:
        """As `_coding`; None: by the origin's validators this became a 304."""
        said = exchange.said
        head, coding = self._coding(said, head, head.content_length)
        is_read = exchange.request.method in READING and head.status == _OK
        if self.validation is not None and is_read:
            codings = self.compression.codings
            if confirmed := confirmed_head(said, head, coding, codings):
                self.tally.not_modified()
                return confirmed, None
        return head, coding

    def _other(
        self, exchange: Exchange, head: ResponseHead, content: bytes, forms: KeptForms
    ) -> tuple[ResponseHead, bytes, KeptForms]:
        """The content as this client wants it, and what is known of that."""
        if self.selecting is not None and exchange.mask is not None:
            selected = self.selecting.selected(head, content, exchange.mask)
            if selected is not None:
                return *selected, NO_FORMS
        if b"content-encoding" not in head.values:
            return head, content, forms
        return understood(exchange.said, head, content, forms)

    def _coding(
        self, said: Mapping[bytes, bytes], head: ResponseHead, size: Bytes | None
    ) -> tuple[ResponseHead, bytes | Skipped]:
        """The coding that the client gets; the head says what that depends on."""
        obstacle = self.compression.obstacle(head.status, head.values, size)
        if obstacle is not None:
            return head, obstacle
        return varying_now(head, b"Accept-Encoding"), self._choice(said)

    def _choice(self, said: Mapping[bytes, bytes]) -> bytes | Skipped:
        choice = self.compression.choice(said)
        if isinstance(choice, bytes) and not self.coder.has_time:
            return Skipped.BUSY
        return choice

    def _over(self, coding: bytes | Skipped, before: Bytes, after: Bytes) -> None:
        if isinstance(coding, bytes):
            self.coder.ended()
            self.tally.coded(coding, before, after)
