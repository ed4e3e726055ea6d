"""Schema of identity: who "the user" is, for rate limits and private caching."""

from typing import Literal

from pydantic import Field, model_validator

from sidecar.config.fields import DurationOrZero, KeySetUrl, Secret, Text, Whole
from sidecar.config.http_fields import CookieName, FieldName
from sidecar.config.sections import Always, Section, written

Algorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512",
    "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip


class Jwt(Section):
    """A claim of a signed token."""

    header: FieldName = Field(
        default="authorization", description="Field with the token."
    )
    claim: Text = Field(default="sub", description="Claim that is the identity.")
    algorithms: tuple[Algorithm, ...] = Field(
        default=("HS256",), min_length=1, description="Accepted signatures."
    )
    secret: Secret | None = Field(default=None, description="Key of HS algorithms.")
    public_key: Text | None = Field(default=None, description="File of a PEM key.")
    jwks: KeySetUrl | None = Field(default=None, description="URL of a key set.")
    tier: Text | None = Field(default=None, description="Claim that names the tier.")
    issuer: Text | None = Field(default=None, description="What `iss` must be.")
    audience: Text | None = Field(default=None, description="What `aud` must name.")
    leeway: DurationOrZero = Field(
        default=written("30s"), description="How much clocks may differ."
    )

    @model_validator(mode="after")
    def _a_key_for_the_algorithms(self) -> "Jwt":
        if (
            sum(key is not None for key in (self.secret, self.public_key, self.jwks))
            != 1
        ):
            raise ValueError("exactly one of secret, public_key and jwks is needed")
        shared = [name for name in self.algorithms if name.startswith("HS")]
        if (self.secret is not None) != (len(shared) == len(self.algorithms)) or (
            self.secret is None and shared
        ):
            raise ValueError("a secret is for HS algorithms, and they for a secret")
        if self.secret is not None and len(self.secret.get_secret_value()) < 32:  # noqa: PLR2004 - RFC 7518 §3.2
            raise ValueError("the secret has at least 32 characters")
        return self


class ApiKey(Section):
    """A key; its keyed hash is the identity, never its value."""

    header: FieldName = Field(default="x-api-key", description="Field with the key.")


class IdentityHeader(Section):
    """What a trusted proxy says; believed from `trusted_proxies` only."""

    name: FieldName = Field(description="Field with the identity.")
    tier: FieldName | None = Field(default=None, description="Field with the tier.")


class IdentityCookie(Section):
    """A session cookie; its keyed hash is the identity."""

    name: CookieName = Field(description="Name of the cookie.")


class IdentityIp(Section):
    """The client's address."""

    v6_prefix: Whole = Field(
        default=64, ge=1, le=128, description="IPv6 addresses alike in so many bits."
    )


class IdentitySource(Section):
    """One way to know the user: exactly one of these."""

    jwt: Jwt | None = Field(default=None, description="A claim of a signed token.")
    api_key: ApiKey | None = Field(default=None, description="A key in a field.")
    header: IdentityHeader | None = Field(
        default=None, description="What a trusted proxy says."
    )
    cookie: IdentityCookie | None = Field(default=None, description="A cookie.")
    ip: Always[IdentityIp] | None = Field(
        default=None, description="The client's address."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "IdentitySource":
        if len(self.model_fields_set) != 1:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"each entry has exactly one of: {names}")
        return self
