"""Ownership: whose answer a stored response is, until another's proved equal.

Where a route says that responses may be shared and their origin does not, one
that was fetched with credentials is shown to the same credentials alone, and to
everybody once another user was told the same. Where users are told different
things nothing is shared (`Reason.IDENTITIES`).
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b

NOBODY = b"-"
"""The owner of what was fetched without credentials."""


CREDENTIALS = (
    b"authorization",
    b"cookie",
    b"x-access-token",
    b"x-api-key",
    b"x-auth-token",
    b"x-user-id",
)
"""Fields that tell users apart; those of the configured identity come besides."""


def owner(
    values: Mapping[bytes, bytes],
    names: Collection[bytes] = CREDENTIALS,
    proof: bytes = b"",
) -> bytes:
    """A digest of a request's credentials, the fields called `names`.

    `proof` is the field of a verified identity that the key holds: it needs to prove
    no more, and without others there is nothing to prove.
    """
    if proof:
        names = [name for name in names if name != proof]
    if values.keys().isdisjoint(names):
        return b"" if proof else NOBODY
    digest = blake2b(digest_size=16)
    for name in names:
        if name not in values:
            continue
        value = values[name]
        digest.update(b"%b:%d:%b" % (name, len(value), value))
    return digest.digest()


def is_for(stored: bytes, asking: bytes) -> bool:
    """Whether what has the owner `stored` may be shown to the owner `asking`."""
    return not stored or stored == asking
