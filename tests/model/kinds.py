"""Kinds: what an origin may say of its responses, and what a cache may make of each.

A resource changes by itself, every `tick` seconds: its version is the number of the
tick. So a body tells when it was the current one, without anybody keeping a diary.

    path|version|user|variant|padding
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate

BEGAN = time.monotonic()
TICK = 0.05
WHOLE_TICKS = 20
"""Of one second."""

Values = Mapping[bytes, bytes]
Field = tuple[bytes, bytes]
CREDENTIALS = (b"authorization", b"cookie", b"x-api-key")


@dataclass(frozen=True, slots=True)
class Kind:
    """`lifetime`: for how long it may be shown after it was the current version.

    stale: further, while it is refreshed. error: further, while the origin fails.
    strict: a client's max-stale means nothing. personal: the body is of one user.
    by: what the user may be known by. variant: what of the request the body is of.
    """

    name: str
    lifetime: float
    fields: tuple[Field, ...] = ()
    stale: float = 0.0
    error: float = 0.0
    strict: bool = False
    personal: bool = False
    by: tuple[bytes, ...] = (b"", *CREDENTIALS)
    variant: bytes = b""
    tick: float = TICK
    status: int = 200
    validates: bool = False
    size: int = 60
    delay: float = 0.0
    more: Callable[[Values], list[Field]] = field(default=lambda _values: [])

    def version(self, now: float) -> int:
        return int((now - BEGAN) / self.tick)

    def current(self) -> int:
        return self.version(time.monotonic())

    def superseded(self, version: int) -> float:
        """When it was the current one no more."""
        return BEGAN + (version + 1) * self.tick


def control(value: bytes, *others: Field) -> tuple[Field, ...]:
    return ((b"Cache-Control", value), *others)


def dated(_values: Values) -> list[Field]:
    now = int(time.time())
    return [
        (b"Date", formatdate(now, usegmt=True).encode()),
        (b"Expires", formatdate(now + 2, usegmt=True).encode()),
    ]


def named(values: Values) -> list[Field]:
    return [(b"X-User", user(values))]


def user(values: Values) -> bytes:
    """Whom an application takes a request to be from."""
    for name in CREDENTIALS:
        if name in values:
            return values[name].rpartition(b"=")[2].rpartition(b" ")[2]
    return b"-"


def tenant(values: Values) -> bytes:
    return values.get(b"cookie", b"").rpartition(b"tenant=")[2] or b"-"


_COOKIE = ((b"Set-Cookie", b"a=b"),)
_VARY = (b"Vary", b"Cookie, Authorization, X-Api-Key")
_PLAIN = (b"", b"cookie", b"x-api-key")

KINDS = {
    kind.name: kind
    for kind in (
        Kind("plain", 1, control(b"max-age=1"), by=_PLAIN),
        Kind("public", 2, control(b"public, max-age=2")),
        Kind("shared", 1, control(b"s-maxage=1, max-age=60"), strict=True),
        Kind("aged", 1, control(b"max-age=4", (b"Age", b"3"))),
        Kind("dated", 2, more=dated),
        Kind(
            "targeted",
            1,
            control(b"max-age=60", (b"CDN-Cache-Control", b"max-age=1")),
        ),
        Kind("slow", 1, control(b"max-age=1"), delay=0.03),
        Kind("large", 1, control(b"max-age=1"), size=150_000),
        Kind("again", 1, control(b"max-age=1, stale-while-revalidate=2"), stale=2),
        Kind("error", 1, control(b"max-age=1, stale-if-error=5"), error=5),
        Kind(
            "must",
            1,
            control(b"max-age=1, must-revalidate, stale-if-error=60"),
            strict=True,
        ),
        Kind("validated", 1, control(b"max-age=1"), tick=3, validates=True),
        # There long enough to be coded again.
        Kind(
            "popular",
            60,
            control(b"max-age=60"),
            tick=3,
            validates=True,
            size=3000,
        ),
        Kind("asked", 0, control(b"no-cache"), tick=1, strict=True, validates=True),
        Kind("missing", 1, control(b"max-age=1"), status=404),
        Kind("failing", 0, control(b"max-age=60"), status=500),
        Kind("nothing", 0, control(b"no-store, max-age=60"), personal=True),
        Kind("private", 0, control(b"private, max-age=60"), personal=True),
        Kind(
            "authorized",
            0,
            control(b"max-age=60"),
            personal=True,
            by=(b"authorization",),
        ),
        Kind("cookie", 0, control(b"max-age=60", *_COOKIE), personal=True),
        Kind("anything", 0, control(b"max-age=60", (b"Vary", b"*")), personal=True),
        # One that nobody sent credentials with is stored, for nobody.
        Kind("varied", 60, control(b"max-age=60", _VARY), personal=True),
        Kind("named", 2, control(b'max-age=2, private="x-user"'), more=named),
        Kind("unnamed", 2, control(b'max-age=2, no-cache="x-user"'), more=named),
        Kind(
            "language",
            1,
            control(b"max-age=1", (b"Vary", b"Accept-Language")),
            variant=b"accept-language",
        ),
        # Of routes that say more than their origin.
        Kind("told-locked", 2, personal=True),
        Kind("told-proven", 2),
        Kind("told-again", 1, stale=2, error=5),
        Kind("override", 2, control(b"max-age=60, public")),
        Kind("override-private", 0, control(b"private, max-age=60"), personal=True),
        Kind("override-cookie", 0, _COOKIE, personal=True),
        Kind(
            "tenant",
            1,
            control(b"max-age=1"),
            by=(b"",),
            variant=b"tenant",
        ),
        Kind(
            "coded",
            1,
            control(b"max-age=1", (b"Vary", b"Accept-Encoding")),
            size=2000,
        ),
        Kind("proof", 600, control(b"max-age=600")),
    )
}
PROOF = KINDS["proof"]
"""What is purged besides, to see how far a purge has come."""
EVERYDAY = tuple(kind for kind in KINDS.values() if kind is not PROOF)


def _overriding(*names: str) -> list[dict[str, object]]:
    cache = {"ttl": "2s", "override": True}
    return [
        {"name": name, "match": {"path": f"/*/{name}/*"}, "cache": cache}
        for name in names
    ]


ROUTES: list[dict[str, object]] = [
    {"name": "locked", "match": {"path": "/*/told-locked/*"}, "cache": {"ttl": "2s"}},
    {"name": "proven", "match": {"path": "/*/told-proven/*"}, "cache": {"ttl": "2s"}},
    {
        "name": "again",
        "match": {"path": "/*/told-again/*"},
        "cache": {"ttl": "1s", "stale_while_revalidate": "2s", "stale_if_error": "5s"},
    },
    *_overriding("override", "override-private", "override-cookie"),
    {
        "name": "tenant",
        "match": {"path": "/*/tenant/*"},
        "cache": {"key": {"cookies": ["tenant"]}},
    },
    {"name": "coded", "match": {"path": "/*/coded/*"}, "compression": "off"},
    {"name": "proof", "match": {"path": "/*/proof/*"}, "upstream": "steady"},
]


def variant(kind: Kind, values: Values) -> bytes:
    """What of a request the body of this kind depends on."""
    if kind.variant == b"tenant":
        return tenant(values)
    return values.get(kind.variant, b"-") if kind.variant else b"-"


def body(kind: Kind, path: bytes, values: Values, now: float) -> bytes:
    whose = user(values) if kind.personal else b"-"
    text = b"%b|%d|%b|%b|" % (path, kind.version(now), whose, variant(kind, values))
    return text + b"x" * (kind.size - len(text))
