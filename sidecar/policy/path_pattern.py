"""Path patterns: how `match.path` is read, and which paths are clear enough for it.

    *, {name}   one segment, not empty
    **          any number of segments, also none: /api/** fits /api, /api/, /api/x/y
    /api        /api alone; /api/ is another path

Paths are compared as backends read them, once all escapes are undone: `/%61pi` is
`/api`, or a client could choose another route's rules for it. A pattern may be
written with escapes or without.
"""

import re
from collections.abc import Sequence
from string import printable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

EVERYTHING: Final = "/**"
ONE: Final = b"*"
MANY: Final = b"**"

# Looked for as numbers: bytes in bytes first makes an error, which nobody sees.
_PERCENT: Final = ord("%")
_BACKSLASH: Final = ord("\\")
_HASH: Final = ord("#")
_NAME: Final = re.compile(r"\{[A-Za-z0-9_.-]+\}")
_UNESCAPED: Final = "".join(sorted(set(printable) - set(" \t\n\r\x0b\x0c")))

# Servers disagree on: encoded and other slashes, dot segments (also with a
# path parameter behind, "/..;/"), escapes of control characters, escapes that
# are none, slashes in a row, and what is only clear after decoding it twice.
_UNCLEAR: Final = re.compile(
    rb"//|[\\#]"
    rb"|/(?:\.|%2e){1,2}(?=[/;]|%3b|$)"
    rb"|%(?:2f|5c|[01][0-9a-f]|7f|25(?:2e|2f|5c|00)|(?![0-9a-f]{2}))",
    re.IGNORECASE,
)


def is_ambiguous(path: bytes) -> bool:
    """Whether the next server may take `path` for another one."""
    if (
        _PERCENT in path
        or _BACKSLASH in path
        or _HASH in path
        or path.find(b"//") >= 0
        or path.find(b"/.") >= 0
    ):
        return _UNCLEAR.search(path) is not None
    return False


def clear(path: bytes) -> bytes:
    """A path that is not ambiguous with its escapes undone, but for that of `*`."""
    if b"%" not in path:
        return path
    return unquote_to_bytes(path.replace(b"%2A", b"%252A").replace(b"%2a", b"%252A"))


def segments(pattern: str) -> list[bytes]:
    """The parts of a pattern, with `{name}` as `*` and `**` never twice in a row."""
    parts: list[bytes] = []
    for text in pattern.removeprefix("/").split("/"):
        part = ONE if _NAME.fullmatch(text) else clear(_escaped(text))
        if not (part == MANY and parts[-1:] == [MANY]):
            parts.append(part)
    return parts


def _escaped(text: str) -> bytes:
    """With the escapes that a URI must have, and those that it has."""
    return quote(text, _UNESCAPED).encode()


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, for whoever wrote it; None: nothing."""
    if not pattern.startswith("/"):
        return "must begin with /"
    if "?" in pattern:
        return "is matched before the ?, so it cannot contain one"
    for text in pattern[1:].split("/"):
        plain = _NAME.fullmatch(text) or text in {"*", "**"}
        if not plain and ("*" in text or "{" in text or "}" in text):
            return f"*, ** and {{name}} stand for whole segments, unlike {text!r}"
    if is_ambiguous(_escaped(pattern)):
        return "can never match: ambiguous paths fit only /**"
    return None


def includes(one: Sequence[bytes], other: Sequence[bytes]) -> bool:
    """Whether `one` certainly fits every path that `other` fits; both `segments`.

    May say no where a cleverer proof would say yes. Costs the product of both.
    """
    # row[j]: the rest of `one` fits whatever other[j:] fits.
    row = [False] * len(other) + [True]
    for part in reversed(one):
        below = row
        row = [False] * (len(other) + 1)
        if part == MANY:
            row[-1] = below[-1]
            for j in reversed(range(len(other))):
                row[j] = below[j] or row[j + 1]
        else:
            for j, want in enumerate(other):
                row[j] = below[j + 1] and _takes(part, want)
    return row[0]


def _takes(part: bytes, want: bytes) -> bool:
    if part == ONE:
        return want not in {MANY, b""}
    return part == want
