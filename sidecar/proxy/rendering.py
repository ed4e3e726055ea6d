"""Rendering: what becomes of a response on its way to one client.

    whole ─▶ a head and content in, a head and content out; synchronous
    stream ─▶ a head in, a head and a `Flow` out: what comes goes on at once

Works for what the upstream sent and for what was stored alike. `AS_IT_IS` is the
null object; `proxy.lightening` is what the configuration turns on.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from sidecar.errors import RequestRefused
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes, Seconds

if TYPE_CHECKING:
    from sidecar.proxy.exchange import Exchange

Rendered: TypeAlias = tuple[ResponseHead, bytes]
KeptForm: TypeAlias = tuple[bytes, bytes]
"""What a coding made: its form, as tags call it, and its bytes."""


class KeptForms(Protocol):
    """Coded forms of one content, made before; `proxy.rendition` keeps them."""

    def get(self, coding: bytes, /) -> KeptForm | None: ...
    def put(self, coding: bytes, content: bytes, /) -> None: ...


class NoForms:
    def get(self, _coding: bytes, /) -> KeptForm | None:
        return None

    def put(self, _coding: bytes, _content: bytes, /) -> None: ...


NO_FORMS = NoForms()


class Flow(Protocol):
    """One content that changes as it passes; nothing is held back."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What goes on of `data`; each piece is written before the next is made.

        Raises:
            ResponseInvalid
        """

    def finish(self) -> bytes:
        """What goes on at the end.

        Raises:
            ResponseInvalid
        """

    def close(self) -> None:
        """It is over, well or not; exactly once."""


class Unchanged:
    """The flow of a content that goes on as it comes."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        return iter((data,) if data else ())

    def finish(self) -> bytes:
        return b""

    def close(self) -> None: ...


UNCHANGED = Unchanged()


class Patience(NamedTuple):
    """Up to `most` bytes are waited for, for `time` and no longer."""

    most: Bytes
    time: Seconds


class Rendering(Protocol):
    @property
    def undoes_codings(self) -> bool:
        """Whether it does, of the upstream, for clients that cannot."""

    def receive(self, exchange: "Exchange", /) -> RequestRefused | None:
        """Note what the request asks of us, and take that out of it.

        Before anything is looked up or asked for. Why it is refused, if it is.
        """

    def kind(self, exchange: "Exchange", /) -> bytes | None:
        """What of a request decides how a stored response is rendered for it.

        Equal kinds get equal renderings, but for conditions and ranges; None: each
        request its own.
        """

    def outcome(self, exchange: "Exchange", /) -> bytes:
        """What comes of a kind, for a content without coding; there are fewer."""

    def takes_time(self, exchange: "Exchange", head: ResponseHead, size: Bytes) -> bool:
        """Whether `whole` would hold up the event loop: call `whole_later` then."""

    def whole(
        self,
        exchange: "Exchange",
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,
    ) -> Rendered: ...

    async def whole_later(
        self,
        exchange: "Exchange",
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,
    ) -> Rendered: ...

    def collects(self, exchange: "Exchange", head: ResponseHead) -> Patience | None:
        """How long to wait for a content, to render it whole; None: not at all."""

    def stream(
        self, exchange: "Exchange", head: ResponseHead
    ) -> tuple[ResponseHead, Flow | None]:
        """The head, and how a content goes on as it comes; None: unchanged."""


class AsItIs:
    """Rendering that changes nothing."""

    undoes_codings = False

    def receive(self, _exchange: "Exchange", /) -> RequestRefused | None:
        return None

    def kind(self, _exchange: "Exchange", /) -> bytes | None:
        return b""

    def outcome(self, _exchange: "Exchange", /) -> bytes:
        return b""

    def takes_time(
        self,
        exchange: "Exchange",  # noqa: ARG002
        head: ResponseHead,  # noqa: ARG002
        size: Bytes,  # noqa: ARG002
    ) -> bool:
        return False

    def whole(
        self,
        exchange: "Exchange",  # noqa: ARG002
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,  # noqa: ARG002
    ) -> Rendered:
        return head, content

    async def whole_later(
        self,
        exchange: "Exchange",
        head: ResponseHead,
        content: bytes,
        forms: KeptForms = NO_FORMS,
    ) -> Rendered:
        return self.whole(exchange, head, content, forms)

    def collects(
        self,
        exchange: "Exchange",  # noqa: ARG002
        head: ResponseHead,  # noqa: ARG002
    ) -> Patience | None:
        return None

    def stream(
        self,
        exchange: "Exchange",  # noqa: ARG002
        head: ResponseHead,
    ) -> tuple[ResponseHead, Flow | None]:
        return head, None


AS_IT_IS = AsItIs()
