"""Vary: which request fields chose a response, and what of them counts.

RFC 9111 §4.1. Values that mean the same are written in one way, so that they
share a variant: the order of languages, the spelling of codings, space around
commas. What a key already holds, or what the upstream is never shown, does not
tell variants apart.
"""

from collections.abc import Collection, Mapping, Sequence

from sidecar.policy.cache_key import part
from sidecar.semantics.fields import MOST_MEMBERS, OWS, is_token, members

MOST_NAMES = 16
"""A response that differs by more fields than this is not stored."""
MOST_VARIANTS = 16
"""Of one key; the oldest goes when another comes."""

ORIGIN = b"origin"

# What the upstream reads there is of our making, for each client or request another;
# what a client wrote there itself is not what chose the response.
_WRITTEN_HERE = frozenset({b"traceparent", b"x-forwarded-for", b"x-request-id"})

# Codings that are told apart. A response in another one, chosen by Accept-Encoding,
# is not stored (`policy.storability`).
CODINGS = frozenset((b"br", b"compress", b"dcb", b"dcz", b"deflate", b"gzip", b"zstd"))
# Those that are undone for who does not read them, and none.
UNDONE = frozenset((b"br", b"gzip", b"identity", b"x-gzip", b"zstd"))
_ALIASES = {b"x-gzip": b"gzip", b"x-compress": b"compress"}


def selecting(
    vary: bytes | None, known: Collection[bytes] = ()
) -> tuple[bytes, ...] | None:
    """The request fields that chose a response: lower case, sorted, without `known`.

    None where nobody can tell: `*`, malformed, too many, or a field that we write.
    """
    if vary is None:
        return ()
    named = vary.lower().split(b",")
    if len(named) > MOST_NAMES:
        return None
    names = {name for part in named if (name := part.strip(OWS))}
    if b"*" in names or not all(map(is_token, names)):
        return None
    names.difference_update(known)
    return tuple(sorted(names)) if _WRITTEN_HERE.isdisjoint(names) else None


def reflects_origin(
    request: Mapping[bytes, bytes],
    response: Mapping[bytes, bytes],
    known: Collection[bytes] = (),
) -> bool:
    """Whether a response is for the Origin of who asked, also where Vary forgets it.

    All others could not read it (Fetch, "CORS protocol and HTTP caches").
    """
    allowed = response.get(b"access-control-allow-origin")
    return (
        allowed is not None and allowed == request.get(ORIGIN) and ORIGIN not in known
    )


def suffix(names: Sequence[bytes], values: Mapping[bytes, bytes]) -> bytes:
    """What the fields `names` of a request add to its key."""
    parts = []
    for name in names:
        value = values.get(name)
        # What would not be read to its end counts as it is.
        if value is not None and value.count(b",") < MOST_MEMBERS:
            value = _NORMAL.get(name, _spaces)(value)
        parts.append(part(value))
    return b"".join(parts)


def remember(
    keys: Sequence[bytes], key: bytes
) -> tuple[tuple[bytes, ...], Sequence[bytes]]:
    """The stored variants with `key` as the newest, and those that have to go."""
    kept = [*(other for other in keys if other != key), key]
    return tuple(kept[-MOST_VARIANTS:]), kept[:-MOST_VARIANTS]


def codings(value: bytes) -> bytes:
    """The known codings that are acceptable, sorted.

    How much each is preferred does not count: any of them is acceptable.
    """
    found = set()
    for member in members(value.lower()):
        name, _, weight = member.partition(b";")
        name = name.rstrip(OWS)
        name = _ALIASES.get(name, name)
        refused = _is_zero(weight)
        if name in {b"identity", b"*"}:
            # Only refusing the first, or accepting the second, is worth saying.
            if refused is (name == b"identity"):
                found.add(name)
        elif name in CODINGS and not refused:
            found.add(name)
    return b",".join(sorted(found))


def languages(value: bytes) -> bytes:
    """Language ranges without case and space, those of equal weight in one order."""
    weighed = []
    for member in members(value.lower()):
        name, _, weight = member.partition(b";")
        weight = b"".join(weight.split()).removeprefix(b"q=")
        weight = weight.rstrip(b"0").rstrip(b".") if b"." in weight else weight
        weighed.append((name.rstrip(OWS), b"" if weight == b"1" else weight))
    return b",".join(
        b"%b;%b" % pair if pair[1] else pair[0] for pair in sorted(weighed)
    )


def _spaces(value: bytes) -> bytes:
    if b"," not in value or b'"' in value:
        return value
    return b",".join(member.strip(OWS) for member in value.split(b","))


def _is_zero(weight: bytes) -> bool:
    weight = b"".join(weight.split())
    return weight.startswith(b"q=0") and not weight[3:].strip(b".0")


_NORMAL = {b"accept-encoding": codings, b"accept-language": languages}
