"""User: which of the configured sources says who asks.

The sources that need no key are those that serve; whether a token's signature is good
is not judged here. No value of a field or cookie comes out of this module.
"""

from dataclasses import dataclass

from sidecar.config.policies import keyless
from sidecar.config.schema_identity import IdentitySource
from sidecar.explain.asked import Asked
from sidecar.policy.identity import digest
from sidecar.units import Timestamp

_DIGEST = digest(b"")
_NOW = Timestamp(0.0)


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, by the first source that is there.

    kind: of that source. field: the field or cookie it stands in; None for an address.
    proven: false where anybody can make one up; None: if the signature is good.
    address: the client's, after `trusted_proxies`. absent: the sources before it.
    """

    kind: str
    field: str | None
    proven: bool | None
    address: str
    absent: tuple[str, ...]


def user(sources: tuple[IdentitySource, ...], asked: Asked) -> User:
    absent: list[str] = []
    for section in sources:
        kind, field, proven = _described(section)
        if _is_there(section, asked):
            return User(kind, field, proven, asked.client, tuple(absent))
        absent.append(kind if field is None else f"{kind} {field}")
    return User("ip", None, True, asked.client, tuple(absent))


def _described(section: IdentitySource) -> tuple[str, str | None, bool | None]:
    if section.jwt is not None:
        return "jwt", section.jwt.header.lower(), None
    if section.api_key is not None:
        return "api_key", section.api_key.header.lower(), False
    if section.header is not None:
        return "header", section.header.name.lower(), True
    if section.cookie is not None:
        return "cookie", section.cookie.name, False
    return "ip", None, True


def _is_there(section: IdentitySource, asked: Asked) -> bool:
    if section.jwt is not None:
        return section.jwt.header.lower().encode() in asked.request.values
    source = keyless(section, _DIGEST)
    return source is None or source.identity(asked, _NOW) is not None
