"""Ownership: whose answer a stored response is, until another's proved equal.

Where a route says that responses may be shared and their origin does not, one
that was fetched with credentials is shown to the same credentials alone, and to
everybody once another user was told the same. Where users are told different
things nothing is shared (`Reason.IDENTITIES`).
"""

from collections.abc import Mapping
from hashlib import blake2b

NOBODY = b"-"
"""The owner of what was fetched without credentials."""


def owner(values: Mapping[bytes, bytes]) -> bytes:
    """A digest of a request's credentials."""
    if b"cookie" not in values and b"authorization" not in values:
        return NOBODY
    cookie = values.get(b"cookie", b"")
    digest = blake2b(b"%d:%b" % (len(cookie), cookie), digest_size=16)
    digest.update(values.get(b"authorization", b""))
    return digest.digest()


def is_for(stored: bytes, asking: bytes) -> bool:
    """Whether what has the owner `stored` may be shown to the owner `asking`."""
    return not stored or stored == asking
