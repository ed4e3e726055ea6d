"""Selection: which members of a JSON document a client asks for.

    a,b    a/b or a.b    a(b,c/d)    *        arrays are mapped over their elements

An expression becomes a mask, once; `policy.projection` applies it. What cannot be
read is None: the document then stays whole, or the request is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes

from sidecar.units import Bytes

ANY = "*"

LONGEST: Bytes = 2048
DEEPEST = 32
_KEPT = 256

_TOKEN = re.compile(r"[^,/.()]+|[,/.()]")
_SIGNS = frozenset(",/.()")
_DOWN = frozenset("/.")


class Mask(dict[str, "Mask"]):
    """Members to keep, and what of each."""


EVERYTHING = Mask()
"""No member is left out; the one mask that is compared by identity."""


class _Unreadable(ValueError):
    pass


@lru_cache(maxsize=_KEPT)
def mask(expression: str) -> Mask | None:
    """Read an expression; None where it is none, or larger than anyone needs."""
    if len(expression) > LONGEST:
        return None
    tokens = [token.strip() for token in _TOKEN.findall(expression)]
    tokens = [token for token in reversed(tokens) if token]
    found = Mask()
    try:
        _items(tokens, found, 1)
    except _Unreadable:
        return None
    return None if tokens else found


def _items(tokens: list[str], into: Mask, depth: int) -> None:
    """Read a list from the end of `tokens`, which are in reverse.

    Raises:
        _Unreadable
    """
    _item(tokens, into, depth)
    while tokens and tokens[-1] == ",":
        tokens.pop()
        _item(tokens, into, depth)


def _item(tokens: list[str], into: Mask, depth: int) -> None:
    if depth > DEEPEST or not tokens or tokens[-1] in _SIGNS:
        raise _Unreadable
    name = tokens.pop()
    sign = tokens[-1] if tokens else ","
    if sign not in _DOWN and sign != "(":
        into[name] = EVERYTHING
        return
    tokens.pop()
    members = into.setdefault(name, Mask())
    if members is EVERYTHING:
        # What is wanted whole stays whole, whatever else is wanted of it.
        members = Mask()
    if sign in _DOWN:
        _item(tokens, members, depth + 1)
        return
    _items(tokens, members, depth + 1)
    if not tokens or tokens.pop() != ")":
        raise _Unreadable


@dataclass(frozen=True, slots=True)
class Asked:
    """A request target without the expression, and the expression."""

    target: bytes
    expression: str


# A part of the document, or a coding of it, would be of no use.
PLAIN_AND_WHOLE: Mapping[bytes, bytes | None] = {
    b"accept-encoding": b"identity",
    b"range": None,
    b"if-range": None,
}
"""What a request goes on with, where something is selected."""
READS = frozenset((b"GET", b"HEAD"))
"""Methods that something is selected for."""


class Choice(NamedTuple):
    """What a request selects (None: nothing), the target that goes on, and whether
    what it says could be read.
    """

    mask: Mask | None
    target: bytes
    readable: bool


def choice(target: bytes, parameter: bytes, *, envelope: bool, passes: bool) -> Choice:
    """`envelope`: there is one to take off. `passes`: the parameter goes on, too."""
    wanted = EVERYTHING if envelope else None
    found = asked(target, parameter)
    if found is None:
        return Choice(wanted, target, readable=True)
    read = mask(found.expression)
    rest = target if passes else found.target
    return Choice(read or wanted, rest, readable=read is not None)


def asked(target: bytes, parameter: bytes) -> Asked | None:
    """What a target says in its `parameter`; None where it is not there.

    The rest of the target stays as it is, byte for byte. Repeated: one list.
    """
    # The way out for nearly every request.
    if parameter not in target and b"%" not in target:
        return None
    path, mark, query = target.partition(b"?")
    kept: list[bytes] = []
    found: list[str] = []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name == parameter or (b"%" in name and unquote_to_bytes(name) == parameter):
            found.append(unquote_plus(value.decode("ascii", "replace")))
        else:
            kept.append(pair)
    if not found:
        return None
    rest = mark + b"&".join(kept) if kept else b""
    return Asked(path + rest, ",".join(found))
