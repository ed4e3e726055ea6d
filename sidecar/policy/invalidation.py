"""Invalidation: what a request that changed something makes of what is stored.

RFC 9111 §4.4: the target, and what Location and Content-Location name on the
same origin. RFC 9875: the groups that the answer names. And what the route says:
paths and tags, for what no answer tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.policy.cache_key import origin
from sidecar.policy.tags import groups

# RFC 9110 §9.2.1; of a method that we do not know the worst is assumed (§4.4).
SAFE: Final = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE"})
_TAG: Final = "tag:"


@dataclass(frozen=True, slots=True)
class Also:
    """What a route's unsafe requests invalidate besides their target."""

    paths: tuple[bytes, ...] = ()
    tags: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, rules: Sequence[str]) -> "Also":
        return cls(
            tuple(rule.encode() for rule in rules if not rule.startswith(_TAG)),
            tuple(
                rule.removeprefix(_TAG).encode()
                for rule in rules
                if rule.startswith(_TAG)
            ),
        )


@dataclass(frozen=True, slots=True)
class Invalidated:
    """urls: as `policy.cache_key.origin` and a target. paths: of this origin."""

    origin: bytes
    urls: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    tags: tuple[bytes, ...]


NOTHING_ELSE: Final = Also()


def names_others(values: Mapping[bytes, bytes], also: Also) -> bool:
    """Whether an answer may invalidate anything besides its target."""
    return (
        b"location" in values
        or b"content-location" in values
        or b"cache-group-invalidation" in values
        or bool(also.paths or also.tags)
    )


def changes(method: bytes, status: int) -> bool:
    """Whether this answer says that an unsafe request succeeded."""
    return method not in SAFE and 200 <= status < 400  # noqa: PLR2004


def invalidated(
    values: Mapping[bytes, bytes],
    origin: bytes,
    target: bytes,
    also: Also = NOTHING_ELSE,
) -> Invalidated:
    """What the answer to a request that `changes` something invalidates."""
    named = (
        _resolved(values[name], origin, target)
        for name in (b"location", b"content-location")
        if name in values
    )
    urls = dict.fromkeys((origin + target, *(url for url in named if url)))
    return Invalidated(
        origin,
        tuple(urls),
        also.paths,
        also.tags + groups(values.get(b"cache-group-invalidation"), origin),
    )


def _resolved(reference: bytes, base: bytes, target: bytes) -> bytes | None:
    """The URL that a reference names, on the same origin; None for any other.

    RFC 3986 §5.2.
    """
    reference = reference.partition(b"#")[0]
    if reference.startswith(b"//"):
        reference = base.partition(b"//")[0] + reference
    scheme, separator, rest = reference.partition(b"://")
    if separator and scheme.isalpha():
        authority, slash, path = rest.partition(b"/")
        name = scheme.lower().decode("ascii")
        if name not in {"http", "https"} or origin(name, authority) != base:
            return None
        return base + _without_dots(slash + path or b"/")
    if reference.startswith(b"/"):
        return base + _without_dots(reference)
    path = target.partition(b"?")[0]
    if reference.startswith(b"?"):
        return base + path + reference
    if not reference or b":" in reference.partition(b"/")[0]:
        return None
    return base + _without_dots(path.rpartition(b"/")[0] + b"/" + reference)


def _without_dots(target: bytes) -> bytes:
    """RFC 3986 §5.2.4; the query stays as it is."""
    if b"/." not in target:
        return target
    path, mark, query = target.partition(b"?")
    *segments, last = path.split(b"/")[1:]
    kept: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment != b".":
            kept.append(segment)
    if last in {b".", b".."}:
        if last == b"..":
            del kept[-1:]
        last = b""
    return b"".join([b"/%b" % one for one in (*kept, last)]) + mark + query
