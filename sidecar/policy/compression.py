"""Compression: whether a response is worth a coding, and which one it gets.

A response is looked at first: whether it could be compressed for anybody is what
`Vary` must tell (RFC 9110 §12.5.5). Then the request: for this client or not.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.policy.media_types import MediaTypes
from sidecar.semantics.accept_encoding import IDENTITY, preferred
from sidecar.semantics.cache_control import cache_control
from sidecar.units import Bytes

Values = Mapping[bytes, bytes]

# No value of a field.
_UNSAID: Final = b"\0\0"
# As HAProxy: answers with content of their own. 206 is a part of one (§15.3.7).
_STATUSES: Final = range(200, 204)


class Skipped(StrEnum):
    """Why a response stays as it is."""

    OFF = "off"
    STATUS = "status"
    SMALL = "small"
    ENCODED = "encoded"
    TYPE = "type"
    NO_TRANSFORM = "no_transform"
    NOT_ACCEPTED = "not_accepted"
    OPT_OUT = "opt_out"
    CREDENTIALS = "credentials"
    RANGE = "range"
    INCOMPRESSIBLE = "incompressible"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Compression:
    """The rules of one route.

    `codings`: in the order that decides between equals. `opt_out` is the name of
    a request field, in lower case. `credentials`: whether requests that carry
    some get compressed answers.
    """

    min_size: Bytes
    codings: tuple[bytes, ...]
    types: MediaTypes
    opt_out: bytes = b"x-no-compression"
    credentials: bool = True

    def obstacle(
        self, status: int, response: Values, length: Bytes | None
    ) -> Skipped | None:
        """Why no client at all would get it compressed; None: some would.

        `length` is None where it is not known yet.
        """
        if length is not None and length < self.min_size:
            return Skipped.SMALL
        if status not in _STATUSES:
            return Skipped.STATUS
        if response.get(b"content-type", b"") not in self.types:
            return Skipped.TYPE
        if is_encoded(response):
            return Skipped.ENCODED
        if forbids_transforms(response):
            return Skipped.NO_TRANSFORM
        return None

    def kind(self, request: Values) -> bytes:
        """What of a request `choice` looks at, and whoever undoes a coding.

        To say nothing of codings is not to accept none.
        """
        accept = request.get(b"accept-encoding", _UNSAID)
        if (
            self.opt_out in request
            or b"cache-control" in request
            or not self.credentials
        ) and isinstance(self.choice(request), Skipped):
            return b"\0" + accept
        return accept

    def outcome(self, request: Values) -> bytes:
        """What `choice` comes to; no value of `kind`."""
        choice = self.choice(request)
        return b"\1" if isinstance(choice, Skipped) else b"\1" + choice

    def choice(self, request: Values) -> bytes | Skipped:
        """The coding that this client gets, or why none."""
        coding = preferred(request.get(b"accept-encoding"), self.codings)
        if coding == IDENTITY:
            return Skipped.NOT_ACCEPTED
        if self.opt_out in request:
            return Skipped.OPT_OUT
        if not self.credentials and carries_credentials(request):
            return Skipped.CREDENTIALS
        if forbids_transforms(request):
            return Skipped.NO_TRANSFORM
        return coding


def is_encoded(response: Values) -> bool:
    return response.get(b"content-encoding", IDENTITY).lower() != IDENTITY


def carries_credentials(request: Values) -> bool:
    return b"cookie" in request or b"authorization" in request


def forbids_transforms(values: Values) -> bool:
    """Whether Cache-Control says no-transform (RFC 9111 §5.2.1.6, §5.2.2.6)."""
    said = values.get(b"cache-control")
    return said is not None and cache_control(said).no_transform


NO_COMPRESSION: Final = Compression(sys.maxsize, (), MediaTypes(()))
"""Nothing is large enough."""
