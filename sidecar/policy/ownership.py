"""Ownership: whose answer a stored response is, until another's proved equal.

Where a route says that responses may be shared and their origin does not, one
that was fetched with credentials is shown to the same credentials alone, and to
everybody once another user was told the same. Where users are told different
things nothing is shared (`Reason.IDENTITIES`).
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from sidecar.semantics.message import Fields

NOBODY: Final = b"-"
"""The owner of what was fetched without credentials."""
_KIND: Final = 4


CREDENTIALS: Final = frozenset(
    {
        b"access-token",
        b"api-key",
        b"apikey",
        b"authorization",
        b"client",
        b"cookie",
        b"private-token",
        b"token",
        b"uid",
        b"x-access-token",
        b"x-amz-security-token",
        b"x-api-key",
        b"x-api-token",
        b"x-apikey",
        b"x-auth",
        b"x-auth-key",
        b"x-auth-token",
        b"x-authorization",
        b"x-csrf-token",
        b"x-goog-api-key",
        b"x-session",
        b"x-session-id",
        b"x-session-token",
        b"x-shopify-access-token",
        b"x-tenant-id",
        b"x-token",
        b"x-user",
        b"x-user-email",
        b"x-user-id",
        b"x-user-token",
        b"x-username",
        b"x-vault-token",
        b"x-xsrf-token",
    }
    # By what name proxies tell which user they have let in: their own and common
    # ones, those of identity-aware proxies, and of load balancers of clouds.
    | {
        b"cf-access-authenticated-user-email",
        b"cf-access-jwt-assertion",
        b"ocp-apim-subscription-key",
        b"remote-email",
        b"remote-user",
        b"tailscale-user-login",
        b"x-amzn-oidc-data",
        b"x-amzn-oidc-identity",
        b"x-auth-request-access-token",
        b"x-auth-request-email",
        b"x-auth-request-user",
        b"x-authenticated-user",
        b"x-authenticated-userid",
        b"x-authentik-jwt",
        b"x-authentik-uid",
        b"x-authentik-username",
        b"x-consumer-id",
        b"x-consumer-username",
        b"x-credential-identifier",
        b"x-forwarded-access-token",
        b"x-forwarded-email",
        b"x-forwarded-preferred-username",
        b"x-forwarded-user",
        b"x-goog-authenticated-user-email",
        b"x-goog-authenticated-user-id",
        b"x-goog-iap-jwt-assertion",
        b"x-jwt-assertion",
        b"x-ms-client-principal",
        b"x-ms-client-principal-id",
        b"x-pomerium-jwt-assertion",
        b"x-remote-user",
        b"x-webauth-user",
    }
)
"""Fields that tell users apart; those of the configured identity come besides."""


def owner(
    values: Mapping[bytes, bytes],
    names: frozenset[bytes] = CREDENTIALS,
    proof: bytes = b"",
) -> bytes:
    """A digest of a request's credentials, the fields called `names`, behind one of
    which of them there are.

    `proof` is the field of a verified identity that the key holds: it needs to prove
    no more, and without others there is nothing to prove.
    """
    if proof:
        names -= {proof}
    if values.keys().isdisjoint(names):
        return b"" if proof else NOBODY
    found = sorted(values.keys() & names)
    digest = blake2b(digest_size=16)
    for name in found:
        value = values[name]
        digest.update(b"%b:%d:%b" % (name, len(value), value))
    return blake2b(b" ".join(found), digest_size=_KIND).digest() + digest.digest()


def is_for(stored: bytes, asking: bytes) -> bool:
    """Whether what has the owner `stored` may be shown to the owner `asking`."""
    return not stored or stored == asking


def are_two_users(one: bytes, other: bytes) -> bool:
    """Whether two owners can be told to be two users.

    With a cookie here and a token there they may be one.
    """
    if NOBODY in (one, other):
        return one != other
    return one != other and one[:_KIND] == other[:_KIND]


_SECRETS: Final = frozenset(
    {
        b"access-token",
        b"authentication-info",
        b"authorization",
        b"csrf-token",
        b"refresh-token",
        b"token",
        b"x-access-token",
        b"x-api-key",
        b"x-auth-token",
        b"x-csrf-token",
        b"x-refresh-token",
        b"x-session-id",
        b"x-session-token",
        b"x-token",
        b"x-user-token",
        b"x-xsrf-token",
    }
)


def gives_a_secret(values: Mapping[bytes, bytes]) -> bool:
    """Whether a response has a field for one client, as a cookie is."""
    return not _SECRETS.isdisjoint(values)


# What a user is shown or sent on to besides a content. Others change from response
# to response, as times and identifiers do.
_TELLING: Final = frozenset(
    {
        b"content-disposition",
        b"content-encoding",
        b"content-language",
        b"content-location",
        b"content-type",
        b"link",
        b"location",
        b"refresh",
    }
)


def telling(fields: Fields) -> Fields:
    """Of a response's fields, those that say to two users whether it is the same."""
    return [
        (lower, value) for name, value in fields if (lower := name.lower()) in _TELLING
    ]
