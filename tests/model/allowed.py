"""Allowed: which answers a cache may give, whatever it stores and whatever fails.

Knows nothing of caches but when purges began and ended, and when the origin failed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.model.clients import Answer, Asked
from tests.model.kinds import user, variant

CERTAIN = 10.0
"""After an origin has recovered, for what failed before to be over."""
ERRORS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Purge:
    """Of what it `names`: what was there when it began is not to be shown.

    told: everybody knows of it. What is softly purged counts as stale since it is
    known, so that until then nobody knows for how long it may be shown as stale.
    """

    names: Callable[[Asked], bool]
    began: float
    soft: bool
    said: str
    told: bool = True


Held: TypeAlias = tuple[float, Purge]
"""For who asks after that time."""


@dataclass(frozen=True, slots=True)
class Origin:
    """failed: when it last did; there are errors until then, and a little longer.

    cuts: something befell whoever was in the middle of an answer.
    """

    failed: float
    cuts: bool = False

    def fails(self, now: float) -> bool:
        return now < self.failed + CERTAIN


class Wrong(AssertionError):
    """An answer that nobody may give."""


def oldest(asked: Asked, purges: Sequence[Held], origin: Origin) -> tuple[float, str]:
    """A version that was superseded before this must not be shown; and why not."""
    kind, now = asked.kind, asked.sent
    if _says(asked, b"no-cache"):
        return now, "no-cache"
    stale = max(kind.stale, kind.error if origin.fails(now) else 0.0)
    stale = max(stale, _max_stale(asked))
    limits = [(now - kind.lifetime - stale, "its age")]
    if _says(asked, b"max-age=1") and not origin.fails(now):
        limits.append((now - 1, "max-age"))
    limits += [
        (purge.began, f"{purge.said}, {now - purge.began:.3f} s ago")
        for held, purge in purges
        if purge.names(asked)
        and now > held + (stale if purge.soft else 0.0)
        and (purge.told or not (purge.soft and stale))
    ]
    return max(limits)


def check(asked: Asked, answer: Answer, purges: Sequence[Held], origin: Origin) -> None:
    """Raises `Wrong` for an answer that is another's, or older than allowed."""
    kind, status = asked.kind, answer.status
    whose = answer.fields.get(b"x-user")
    if whose not in {None, user(asked.values)}:
        raise Wrong(f"a field of {whose!r}: {asked} {answer}")
    if asked.method == b"POST" or status in ERRORS - {kind.status}:
        _check_status(asked, answer, origin)
    elif status == 304:
        if asked.values.get(b"if-none-match") != answer.fields[b"etag"]:
            raise Wrong(f"a 304 of what nobody asked about: {asked} {answer}")
        _check_version(asked, int(answer.fields[b"etag"][1:-1]), purges, origin)
    elif status != kind.status:
        raise Wrong(f"a status of its own: {asked} {answer}")
    elif not answer.whole:
        if not (origin.cuts or origin.fails(asked.sent)):
            raise Wrong(f"cut: {asked} {answer}")
    elif asked.method != b"HEAD":
        _check_version(asked, _version(asked, answer.content), purges, origin)


def _version(asked: Asked, content: bytes) -> int:
    """Of a body, which must be the one that was asked for."""
    kind, values = asked.kind, asked.values
    path, version, whose, chosen, padding = content.split(b"|")
    expected = {
        "URL": (path, asked.path),
        "user": (whose, user(values) if kind.personal else b"-"),
        "variant": (chosen, variant(kind, values)),
        "size": (len(content), kind.size),
        "padding": (padding.strip(b"x"), b""),
    }
    for name, (found, wanted) in expected.items():
        if found != wanted:
            raise Wrong(f"of another {name}: {asked} {content[:99]!r}")
    return int(version)


def _check_version(
    asked: Asked, version: int, purges: Sequence[Held], origin: Origin
) -> None:
    superseded = asked.kind.superseded(version)
    limit, why = oldest(asked, purges, origin)
    if superseded < limit:
        raise Wrong(f"too old by {limit - superseded:.3f} s, by {why}: {asked}")


def _check_status(asked: Asked, answer: Answer, origin: Origin) -> None:
    if asked.method == b"POST" and answer.status == 204:
        return
    if answer.status == 504 and _says(asked, b"only-if-cached"):
        return
    if not origin.fails(asked.sent):
        raise Wrong(f"an error of nobody's: {asked} {answer}")


def _says(asked: Asked, directive: bytes) -> bool:
    return directive in asked.values.get(b"cache-control", b"").split(b", ")


def _max_stale(asked: Asked) -> float:
    allowed = _says(asked, b"max-stale=2") and not asked.kind.strict
    return 2.0 if allowed else 0.0
