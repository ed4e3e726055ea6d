"""Cookies: those that count, of a field that not everybody reads alike.

Some part it at commas or spaces too, some not within quotes; some stop at what they
cannot read; to some case is nothing, or a dot an underscore. What could be read
otherwise has no values: who sends it chooses nothing for those who send it plainly.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from sidecar.semantics.fields import OWS

# RFC 6265 §4.1.1. No `%` in a name, for some undo it. The name of an attribute, or one
# that begins with `$` (RFC 2965), makes some give up the field.
_NAME = (
    rb"(?!\$|(?:comment|domain|expires|httponly|max-age|partitioned|path|samesite"
    rb"|secure|version)=)[!#$&'*+.^_`|~0-9a-z-]++"
)
_VALUE = rb"[!#-+\--:<-\[\]-~]*+"
_PAIR = b'%b=(?:%b|"%b")' % (_NAME, _VALUE, _VALUE)
_PLAIN = re.compile(b"(?:%b; ?)*+%b" % (_PAIR, _PAIR), re.IGNORECASE)

_TAKEN_FOR = bytes.maketrans(b".+", b"__")
# Of routes; theirs are the same for each request.
_KEPT = 64


def counted(
    cookie: bytes | None, names: tuple[bytes, ...]
) -> Sequence[bytes | None] | None:
    """The value of each cookie in `names`; None where they can be read otherwise."""
    if cookie is None:
        return [None] * len(names)
    if _PLAIN.fullmatch(cookie) is None:
        return None
    pairs = cookie_pairs(cookie)
    if not _folded(names).isdisjoint(map(_fold, pairs.keys() - names)):
        return None
    return [pairs.get(name) for name in names]


def cookie_pairs(cookie: bytes | None) -> dict[bytes, bytes]:
    """Name and value of each cookie; all values of equal names, as no value can be.

    Some backends read the first of them, others the last.
    """
    pairs: dict[bytes, bytes] = {}
    if cookie is not None:
        for pair in cookie.split(b";"):
            name, _, value = pair.partition(b"=")
            name, value = name.strip(OWS), value.strip(OWS)
            known = pairs.get(name)
            pairs[name] = value if known is None else b"%b;%b" % (known, value)
    return pairs


@lru_cache(_KEPT)
def _folded(names: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(map(_fold, names))


def _fold(name: bytes) -> bytes:
    """A name as the most lenient read it."""
    return name.lower().translate(_TAKEN_FOR)
