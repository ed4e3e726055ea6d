"""Projection: a JSON document, and what a mask leaves of it (`policy.selection`).

A document that cannot be read, or would not come out with the values it went in
with, stays as it is: None. So do those with more than `MOST_VALUES`, or deeper than
`DEEPEST`; the parser itself gives up on depth before it costs anything.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from sidecar.policy.selection import ANY, EVERYTHING, Mask

DEEPEST = 64
# The parser lets nobody else run meanwhile, in a thread neither, and the writer after
# it: so many values take each ten to twenty milliseconds. A megabyte of a shop's
# products has forty thousand.
MOST_VALUES = 65_536
# More than any float has. Time goes by the square of them.
_MOST_DIGITS = 310
# So many characters without an exponent, and it is sure to come back as it was.
_SURELY_EXACT = 15

_OF_HTML = [(one, f"\\u{ord(one):04x}") for one in "&'<>\u2028\u2029"]

_MISSING = object()


def projected(content: bytes, mask: Mask, envelope: str | None = None) -> bytes | None:
    """The document with what the mask names, or None where it is to stay as it is.

    With an `envelope` the document becomes that member of it, if it is there.
    """
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_VALUES:
        return None
    try:
        document = json.loads(
            content,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_refuse_constant,
        )
        if envelope is not None and isinstance(document, dict):
            document = document.get(envelope, document)
        if mask is not EVERYTHING and isinstance(document, dict | list):
            document = _selected(document, mask, DEEPEST)
        text = json.dumps(
            document, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return _guarded(text, content).encode()
    except (ValueError, RecursionError, InvalidOperation):
        return None


def _guarded(text: str, content: bytes) -> str:
    """What the origin escaped so that it may stand within HTML stays escaped.

    Outside of strings JSON has none of these characters.
    """
    if b"\\" not in content:
        return text
    if b"\\/" in content:
        text = text.replace("/", "\\/")
    if b"\\u" in content:
        content = content.lower()
        for character, escape in _OF_HTML:
            if escape.encode() in content:
                text = text.replace(character, escape)
    return text


def _selected(value: Any, mask: Mask, depth: int) -> Any:  # noqa: ANN401 (any JSON)
    """What the mask leaves of `value`; `_MISSING` where that is nothing.

    Raises:
        ValueError: deeper than `depth`.
    """
    if mask is EVERYTHING:
        return value
    if not depth:
        raise ValueError("too deep")
    if isinstance(value, list):
        found = (_selected(one, mask, depth - 1) for one in value)
        return [one for one in found if one is not _MISSING]
    if not isinstance(value, dict):
        return _MISSING
    other = mask.get(ANY)
    kept = {}
    if other is None:
        for name, below in mask.items():
            if name in value:
                kept[name] = _selected(value[name], below, depth - 1)
    else:
        for name, one in value.items():
            kept[name] = _selected(one, mask.get(name, other), depth - 1)
    return {name: one for name, one in kept.items() if one is not _MISSING}


def _float(text: str) -> float:
    """Read a number, which must come out as the same one.

    Raises:
        ValueError
        InvalidOperation: its exponent is more than anything has.
    """
    number = float(text)
    if len(text) <= _SURELY_EXACT and "e" not in text and "E" not in text:
        return number
    if Decimal(text) != Decimal(repr(number)):
        raise ValueError("not a float")
    return number


def _int(text: str) -> int:
    """Raises ValueError where it has more digits than anybody reads."""
    if len(text) > _MOST_DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
