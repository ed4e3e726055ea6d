"""Tokens: what a signed token (JWT, RFC 7519) says, once its signature was verified.

Which algorithms are accepted, the file says, and a key only serves those of its own
kind: nothing in a token chooses how it is verified. `jku`, `x5u` and embedded keys are
never followed. PyJWT checks signatures; times, issuer and audience are checked here,
for time is an argument. What was verified is remembered by the token's digest, so that
a signature is checked once and not with each request; so are forgeries.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK, PyJWS
from jwt.exceptions import PyJWTError

from sidecar.policy.recent import Recent
from sidecar.units import Bytes, Seconds, Timestamp

# Larger than those that identity providers make; not a byte of it is looked at.
LONGEST: Bytes = 4 << 10
# RFC 7518 §3.2 and §3.3: a shorter secret or key is no protection.
LEAST_SECRET: Bytes = 32
LEAST_RSA_BITS = 2048
# Claims that become identities are names, not documents.
LONGEST_CLAIM = 256
# Verified tokens and forgeries that are remembered.
REMEMBERED = 10_000
# Of a key set without names, so many keys are tried.
TRIES = 4
_MOST_KEYS = 100
_FOREVER = float("inf")
_FAMILIES = {"HS": "oct", "RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


@dataclass(frozen=True, slots=True)
class Key:
    """`name` is its `kid`; `algorithms` are those that it verifies."""

    value: Any
    algorithms: frozenset[str]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Of a token that was verified: who it is for, and until when it holds."""

    subject: str
    tier: str | None
    starts: Timestamp
    ends: Timestamp


_FORGED = Claims("", None, Timestamp(0.0), Timestamp(0.0))


class Keys:
    """The keys of one source; `replace` is for key sets that change."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = tuple(keys)
        self.generation = 0
        self.missed = 0
        """Tokens that named a key which is not there: time to look for new ones."""

    @classmethod
    def of_secret(cls, secret: str, algorithms: Sequence[str]) -> Self:
        """For the HS algorithms.

        Raises:
            ValueError: it is too short.
        """
        if len(secret.encode()) < LEAST_SECRET:
            raise ValueError(f"a secret of at least {LEAST_SECRET} bytes is needed")
        return cls([Key(secret.encode(), _only(algorithms, "oct"))])

    @classmethod
    def of_pem(cls, pem: bytes, algorithms: Sequence[str]) -> Self:
        """For the algorithms of the key's kind.

        Raises:
            ValueError: it is not a public key, too short, or for no such algorithm.
        """
        key = load_pem_public_key(pem)
        able = _only(algorithms, _kind(key))
        if not able:
            raise ValueError("the key is for none of the algorithms")
        if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"an RSA key of at least {LEAST_RSA_BITS} bits is needed")
        return cls([Key(key, able)])

    def replace(self, document: bytes, algorithms: Sequence[str]) -> None:
        """Take over a key set (RFC 7517); one without a usable key changes nothing.

        Raises:
            ValueError: it is none.
        """
        try:
            keys = json.loads(document)["keys"][:_MOST_KEYS]
        except (RecursionError, TypeError, LookupError) as error:
            raise ValueError(f"not a key set: {type(error).__name__}") from None
        found = tuple(key for one in keys if (key := _of_set(one, algorithms)))
        if not found:
            raise ValueError("none of its keys is for the algorithms of the file")
        if found != self._keys:
            self._keys, self.generation = found, self.generation + 1

    def adopt(self, other: "Keys") -> None:
        """Take over what another has, for the time being."""
        self._keys = other._keys  # noqa: SLF001
        self.generation += 1

    def candidates(self, name: str | None, algorithm: str) -> list[Any]:
        """What may have signed a token that says so of itself."""
        able = [key for key in self._keys if algorithm in key.algorithms]
        named = [key for key in able if name is not None and key.name == name]
        if named:
            return [key.value for key in named[:TRIES]]
        if name is not None:
            self.missed += any(key.name is not None for key in able) or not able
        return [key.value for key in able if key.name is None or name is None][:TRIES]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must be, besides signed."""

    algorithms: tuple[str, ...] = ("HS256",)
    claim: str = "sub"
    tier: str | None = None
    issuer: str | None = None
    audience: str | None = None
    leeway: Seconds = 30.0


class Tokens:
    def __init__(
        self, expected: Expected, keys: Keys, digest: Callable[[bytes], bytes]
    ) -> None:
        self._expected = expected
        self._keys = keys
        self._digest = digest
        self._generation = keys.generation
        self._known: Recent[bytes, Claims] = Recent(REMEMBERED)
        self._jws = PyJWS(algorithms=list(expected.algorithms))

    def claims(self, token: bytes, now: Timestamp) -> Claims | None:
        """What the token says; None where it is not to be believed."""
        if not 0 < len(token) <= LONGEST:
            return None
        if self._generation != self._keys.generation:
            self._known.clear()
            self._generation = self._keys.generation
        digest = self._digest(token)
        claims = self._known.get(digest)
        if claims is None:
            claims = self._verified(token) or _FORGED
            self._known.put(digest, claims)
        leeway = self._expected.leeway
        valid = claims.starts - leeway <= now < claims.ends + leeway
        return claims if valid and claims is not _FORGED else None

    def _verified(self, token: bytes) -> Claims | None:
        try:
            header = self._jws.get_unverified_header(token)
            algorithm, name = header.get("alg"), header.get("kid")
            if algorithm not in self._expected.algorithms:
                return None
            name = name if isinstance(name, str) else None
            for key in self._keys.candidates(name, algorithm):
                if (payload := self._payload(token, key, algorithm)) is not None:
                    said = json.loads(payload)
                    return self._read(said) if isinstance(said, dict) else None
        except (PyJWTError, ValueError, RecursionError):
            pass
        return None

    def _payload(self, token: bytes, key: object, algorithm: str) -> bytes | None:
        try:
            payload = self._jws.decode(token, key, algorithms=[algorithm])  # type: ignore[arg-type]
        except (PyJWTError, TypeError, ValueError):
            return None
        return payload if isinstance(payload, bytes) else None

    def _read(self, said: Mapping[str, Any]) -> Claims | None:
        expected = self._expected
        if expected.issuer is not None and said.get("iss") != expected.issuer:
            return None
        if expected.audience is not None:
            audience = said.get("aud")
            named = audience if isinstance(audience, list) else [audience]
            if expected.audience not in named:
                return None
        subject = _text(said.get(expected.claim))
        starts, ends = _time(said.get("nbf"), 0.0), _time(said.get("exp"), _FOREVER)
        if not subject or starts is None or ends is None:
            return None
        tier = None if expected.tier is None else _text(said.get(expected.tier))
        return Claims(subject, tier, Timestamp(starts), Timestamp(ends))


def _only(algorithms: Iterable[str], kind: str) -> frozenset[str]:
    return frozenset(name for name in algorithms if _FAMILIES[name[:2]] == kind)


def _kind(key: object) -> str:
    if isinstance(key, RSAPublicKey):
        return "RSA"
    return "EC" if isinstance(key, EllipticCurvePublicKey) else "OKP"


def _of_set(data: Any, algorithms: Sequence[str]) -> Key | None:  # noqa: ANN401 - JSON
    """A key that others gave us: public, and for signatures; None for all others."""
    try:
        one = PyJWK(data)
    except Exception:  # noqa: BLE001 - whatever libraries make of what is no key
        return None
    if one.public_key_use not in (None, "sig") or one.key_type == "oct":
        return None
    if isinstance(one.key, RSAPublicKey) and one.key.key_size < LEAST_RSA_BITS:
        return None
    able = _only(algorithms, one.key_type or "")
    declared = one._jwk_data.get("alg")  # noqa: SLF001 - PyJWK invents one if there is none
    if declared is not None:
        able &= {declared}
    return Key(one.key, able, one.key_id) if able else None


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if len(text) <= LONGEST_CLAIM else None


def _time(value: object, default: float) -> float | None:
    """A NumericDate; None where it is none."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
