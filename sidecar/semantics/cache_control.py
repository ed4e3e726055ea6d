"""Cache-Control: what a request or response says about its storage and reuse.

RFC 9111 §5.2, RFC 5861, RFC 8246; read once into a small value. What is unclear
counts as what restricts most: numbers that are none, or that contradict each
other, are 0 ("already stale", §4.2.1); a quotation that does not end, more
directives than we read, or one behind no comma, is `no-store`, for it may hide one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from sidecar.semantics.fields import MOST_MEMBERS, OWS, is_token
from sidecar.units import Bytes, Seconds

# §1.2.2: what is larger is read as this, and means "forever".
LONGEST: Seconds = 2.0**31
# delta-seconds of more digits are larger than that, and need no arithmetic.
_MOST_DIGITS = 15
# Values that most messages share are read once; long ones are nobody's twice.
_REMEMBERED = 1024
_REMEMBERED_LENGTH: Bytes = 256

_MEMBER = re.compile(rb'(?:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?\Z))+', re.DOTALL)
_PARTS = re.compile(
    rb"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
    rb"(?:=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<token>[!#$%&'*+.^_`|~0-9A-Za-z-]+)))?"
    rb"(?P<rest>.*)",
    re.DOTALL,
)
# Mistakes that are often made for a comma: a semicolon, a space.
_SEPARATED = re.compile(rb"[; \t](?:no-store|no-cache|private)", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)

_Arguments: TypeAlias = dict[str, list[bytes | None]]


@dataclass(frozen=True, slots=True)
class CacheControl:
    """Directives of §5.2.1 (requests) and §5.2.2 (responses); None is: not said.

    `no_cache` and `private` are the unqualified ones; with field names they are
    `no_cache_fields` and `private_fields`, in lower case.
    """

    max_age: Seconds | None = None
    s_maxage: Seconds | None = None
    max_stale: Seconds | None = None
    min_fresh: Seconds | None = None
    stale_while_revalidate: Seconds | None = None
    stale_if_error: Seconds | None = None
    no_cache: bool = False
    no_store: bool = False
    no_transform: bool = False
    only_if_cached: bool = False
    must_revalidate: bool = False
    must_understand: bool = False
    private: bool = False
    proxy_revalidate: bool = False
    public: bool = False
    immutable: bool = False
    no_cache_fields: frozenset[bytes] = frozenset()
    private_fields: frozenset[bytes] = frozenset()


NOTHING = CacheControl()
NO_STORE = CacheControl(no_store=True)

# Directives by name, and the attribute of each: with a number, without an argument,
# and those that field names may qualify.
DELTAS = {
    b"max-age": "max_age",
    b"s-maxage": "s_maxage",
    b"max-stale": "max_stale",
    b"min-fresh": "min_fresh",
    b"stale-while-revalidate": "stale_while_revalidate",
    b"stale-if-error": "stale_if_error",
}
FLAGS = {
    b"no-store": "no_store",
    b"no-transform": "no_transform",
    b"only-if-cached": "only_if_cached",
    b"must-revalidate": "must_revalidate",
    b"must-understand": "must_understand",
    b"proxy-revalidate": "proxy_revalidate",
    b"public": "public",
    b"immutable": "immutable",
}
QUALIFIED = {b"no-cache": "no_cache", b"private": "private"}


def cache_control(value: bytes | None) -> CacheControl:
    """Read a field's value, all its lines joined; None without the field."""
    if value is None:
        return NOTHING
    if len(value) > _REMEMBERED_LENGTH:
        return _read(value)
    return _remembered(value)


def delta_seconds(text: bytes | None) -> Seconds | None:
    """Return a number of seconds (§1.2.2), at most `LONGEST`; None where it is none."""
    if not text or not text.isdigit():
        return None
    if len(text) > _MOST_DIGITS and text.lstrip(b"0")[_MOST_DIGITS:]:
        return LONGEST
    return min(float(int(text)), LONGEST)


def _read(value: bytes) -> CacheControl:
    deltas: _Arguments = {}
    flags: dict[str, bool] = {}
    fields: dict[str, frozenset[bytes]] = {}
    for name, argument in _directives(value):
        if name in DELTAS:
            deltas.setdefault(DELTAS[name], []).append(argument)
        elif name in FLAGS:
            flags[FLAGS[name]] = True
        elif name in QUALIFIED:
            names = field_names(argument)
            if names:
                attribute = QUALIFIED[name] + "_fields"
                fields[attribute] = fields.get(attribute, frozenset()) | names
            else:
                flags[QUALIFIED[name]] = True
    numbers = {
        attribute: _number(attribute, said) for attribute, said in deltas.items()
    }
    if not numbers and not flags and not fields:
        return NOTHING
    return CacheControl(**numbers, **flags, **fields)  # type: ignore[arg-type]  # by name


_remembered = lru_cache(_REMEMBERED)(_read)


def _directives(value: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    """Names in lower case, each with its argument: None without, empty if malformed."""
    if b'"' in value and _ends_quoted(value):
        yield b"no-store", None
    members = _MEMBER.findall(value) if b'"' in value else value.split(b",")
    if len(members) > MOST_MEMBERS:
        yield b"no-store", None
    for member in members[:MOST_MEMBERS]:
        parts = _PARTS.fullmatch(member.strip(OWS))
        if parts is None:
            continue
        argument = parts["token"]
        if parts["quoted"] is not None:
            argument = _ESCAPED.sub(rb"\1", parts["quoted"])
        if parts["rest"]:
            argument = b""
            if _SEPARATED.search(parts["rest"]):
                yield b"no-store", None
        yield parts["name"].lower(), argument


def _ends_quoted(value: bytes) -> bool:
    """Whether the last quotation does not end."""
    quoted = escaped = False
    for byte in value:
        if escaped:
            escaped = False
        elif byte == ord("\\"):
            escaped = quoted
        elif byte == ord('"'):
            quoted = not quoted
    return quoted


def _number(attribute: str, said: list[bytes | None]) -> Seconds:
    if attribute == "max_stale" and None in said:
        return LONGEST  # §5.2.1.2: of any age
    values = {delta_seconds(argument) for argument in said}
    return values.pop() or 0.0 if len(values) == 1 else 0.0


def field_names(argument: bytes | None) -> frozenset[bytes]:
    """Field names of a qualified directive (§5.2.2.4, §5.2.2.7); all or none."""
    if not argument:
        return frozenset()
    names = frozenset(
        name for part in argument.lower().split(b",") if (name := part.strip(OWS))
    )
    return names if all(map(is_token, names)) else frozenset()
