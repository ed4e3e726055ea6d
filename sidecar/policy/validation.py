"""Validation: which responses get an entity tag from us, and what it says.

A tag is strong: a hash of the very bytes, after whatever changed them. Users may
have a say in those, so the hash is one for which nobody finds two contents with the
same tag; without a key, so that it is the same in every pod and after every start.
"""

from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from blake3 import blake3

from sidecar.policy.media_types import STREAMS
from sidecar.semantics.cache_control import cache_control
from sidecar.units import Bytes

_OK: Final = 200
# Of a digest, 120 bits: twenty characters, none of them padding.
_KEPT: Final = 15
# From here on BLAKE3 is faster: it hashes many parts of a content at once, where
# SHA-256 has the processor's help for one (docs/lightness.md).
LONG: Final[Bytes] = 16 * 1024


def digest(content: bytes) -> bytes:
    """256 bits that no other content has."""
    if len(content) < LONG:
        return sha256(content, usedforsecurity=False).digest()
    return blake3(content).digest()


def etag(digest: bytes) -> bytes:
    """The tag of the content that has this digest."""
    return b'"%b"' % b2a_base64(digest[:_KEPT], newline=False)


@dataclass(frozen=True, slots=True)
class Validation:
    """`makes`: a tag is made where the origin sends none. `max_size`: of contents
    that are looked at whole; larger ones pass as they come.
    """

    makes: bool = True
    max_size: Bytes = 1024 * 1024

    def tags(self, response: Mapping[bytes, bytes], length: Bytes) -> bool:
        """Whether a 200 to a GET gets a tag."""
        return (
            self.makes
            and b"etag" not in response
            and 0 < length <= self.max_size
            and may_confirm(response)
        )

    def waits_for(self, response: Mapping[bytes, bytes], length: Bytes | None) -> bool:
        """Whether the content of a 200 to a GET may be waited for."""
        return (
            length is not None
            and length <= self.max_size
            and not response.get(b"content-type", b"").startswith(STREAMS)
        )


def may_confirm(response: Mapping[bytes, bytes]) -> bool:
    """Whether a 200 may become a 304 when the client has its content.

    Not where the response is more than its content: a cookie would be lost. And
    what must not be stored has no business with validators.
    """
    if b"set-cookie" in response:
        return False
    said = response.get(b"cache-control")
    return said is None or not cache_control(said).no_store
