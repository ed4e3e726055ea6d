"""Heads of HTTP messages, as values: what the floors above hand to each other.

Names and values are `bytes` as they came, without the whitespace around values;
order and repetition of fields are kept (RFC 9110 §5.3). Both have an `__init__` of
their own: what a dataclass makes is not compiled, and one of each comes with every
exchange.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Field: TypeAlias = tuple[bytes, bytes]
Fields: TypeAlias = list[Field]


@dataclass(init=False, slots=True)
class RequestHead:
    """A request head that passed the gate (`server.gate`).

    `target` is what goes to the upstream, byte for byte: origin-form, or `*`.
    `authority` is the Host field's value, or that of an absolute-form target.
    `values` maps lower-case names to values; repeated fields are joined with
    `, ` (`; ` for Cookie).
    `content_length` is None without that field; a body is there when
    `chunked` or `content_length` says so (RFC 9112 §6.3).
    `upgrade` is the lower-case protocol wanted, or None (RFC 9110 §7.8).
    `passing` are the lines that go on whoever the client is (`semantics.lines`);
    None where nobody worked that out. Heads may share all three: who wants others
    makes others.
    """

    method: bytes
    target: bytes
    minor: int  # HTTP/1.minor
    authority: bytes
    fields: Sequence[Field]
    values: Mapping[bytes, bytes]
    passing: Sequence[bytes] | None
    content_length: int | None
    chunked: bool
    keep_alive: bool
    expects_continue: bool
    upgrade: bytes | None

    def __init__(  # noqa: PLR0913, PLR0917 (one for each field)
        self,
        method: bytes,
        target: bytes,
        minor: int,
        authority: bytes,
        fields: Sequence[Field],
        values: Mapping[bytes, bytes],
        passing: Sequence[bytes] | None = None,
        content_length: int | None = None,
        *,
        chunked: bool = False,
        keep_alive: bool = True,
        expects_continue: bool = False,
        upgrade: bytes | None = None,
    ) -> None:
        self.method = method
        self.target = target
        self.minor = minor
        self.authority = authority
        self.fields = fields
        self.values = values
        self.passing = passing
        self.content_length = content_length
        self.chunked = chunked
        self.keep_alive = keep_alive
        self.expects_continue = expects_continue
        self.upgrade = upgrade

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.content_length)


@dataclass(init=False, slots=True)
class ResponseHead:
    """An upstream's response head that passed the response gate.

    `content_length` and `chunked` describe the body that follows; both unset
    on a response that may have one means: until the connection closes.
    `bodiless` is true where no body follows whatever the fields say
    (RFC 9112 §6.3: HEAD, 1xx, 204, 304). `passing`: as in `RequestHead`.
    """

    status: int
    reason: bytes
    minor: int
    fields: Fields
    values: dict[bytes, bytes]
    content_length: int | None
    chunked: bool
    bodiless: bool
    passing: list[bytes] | None

    def __init__(  # noqa: PLR0913, PLR0917 (one for each field)
        self,
        status: int,
        reason: bytes,
        minor: int,
        fields: Fields,
        values: dict[bytes, bytes],
        content_length: int | None = None,
        *,
        chunked: bool = False,
        bodiless: bool = False,
        passing: list[bytes] | None = None,
    ) -> None:
        self.status = status
        self.reason = reason
        self.minor = minor
        self.fields = fields
        self.values = values
        self.content_length = content_length
        self.chunked = chunked
        self.bodiless = bodiless
        self.passing = passing

    @property
    def until_close(self) -> bool:
        return not (self.bodiless or self.chunked or self.content_length is not None)
