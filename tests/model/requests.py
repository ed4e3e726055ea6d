"""Requests: what users ask for; many of them, made by chance that is given."""

import random
from typing import Final

from tests.model.clients import Asked
from tests.model.kinds import EVERYDAY, Kind

USERS: Final = 1000
_EACH: Final = 4
"""Resources of a kind."""
_LANGUAGES: Final = (b"en", b"de", b"fr;q=0.9, en;q=0.1", b"fr")
_CODINGS: Final = (b"gzip", b"gzip, identity;q=0.5", b"identity")
_WISHES: Final = (
    b"no-cache",
    b"max-age=1",
    b"max-stale=2",
    b"only-if-cached",
    b"no-store",
    b"max-stale=2, only-if-cached",
)
# Its bodies are large.
_WEIGHTS: Final = [0.2 if kind.name == "large" else 1.0 for kind in EVERYDAY]


def request(space: bytes, chance: random.Random) -> Asked:
    """One of one user's, within a space of URLs that nothing else is in."""
    (kind,) = chance.choices(EVERYDAY, _WEIGHTS)
    # The first of them are asked for by many at once.
    number = int(_EACH * chance.random() ** 2)
    path = b"/%b/%b/%d" % (space, kind.name.encode(), number)
    values = _credentials(kind, chance)
    if kind.variant == b"accept-language" or chance.random() < 0.1:
        values[b"accept-language"] = chance.choice(_LANGUAGES)
    if chance.random() < 0.4:
        values[b"accept-encoding"] = chance.choice(_CODINGS)
    if kind.validates and chance.random() < 0.3:
        values[b"if-none-match"] = b'"%d"' % kind.current()
    if chance.random() < 0.06:
        values[b"cache-control"] = chance.choice(_WISHES)
    method = b"HEAD" if chance.random() < 0.03 else b"GET"
    return Asked(kind, path, values, method)


def change(path: bytes, kind: Kind) -> Asked:
    return Asked(kind, path, {b"content-length": b"0"}, b"POST")


def _credentials(kind: Kind, chance: random.Random) -> dict[bytes, bytes]:
    whose = b"u%d" % chance.randrange(USERS)
    if kind.variant == b"tenant":
        return {b"cookie": b"session=%b; tenant=t%d" % (whose, chance.randrange(3))}
    match chance.choice(kind.by):
        case b"authorization":
            return {b"authorization": b"Bearer " + whose}
        case b"cookie":
            return {b"cookie": b"session=" + whose}
        case b"x-api-key":
            return {b"x-api-key": whose}
        case _:
            return {}
