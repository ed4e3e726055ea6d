"""Purging: what `POST /cache/purge` may be sent, and what it says of it.

    {"urls": [], "tags": [], "patterns": [], "all": false, "soft": true}

URLs are whole, `http://example.com/a?b`, or a target, `/a?b`, which means every host.
Patterns are paths as in `match.path`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sidecar.admin.answers import told, wrong
from sidecar.policy.cache_key import origin
from sidecar.policy.path_pattern import fault
from sidecar.policy.tags import LONGEST_TAG
from sidecar.storage.store import Purge

MOST: Final = 1000
"""Of each kind."""
_LONGEST_URL: Final = 8192
_LONGEST_PATTERN: Final = 1000
_URL: Final = re.compile(r"(?i)(https?)://([^/?#\s]+)(/[^#\s]*|\?[^#\s]*|)", re.ASCII)
_TARGET: Final = re.compile(r"/[^#\s]*", re.ASCII)
_LISTS: Final = ("urls", "tags", "patterns")
_SWITCHES: Final = ("all", "soft")


def purge(content: bytes) -> Purge:
    """Read what is to go; soft where nothing is said of it.

    Raises:
        Problem: 400, with what is wrong.
    """
    said = _object(content)
    for name in said:
        if name not in {*_LISTS, *_SWITCHES}:
            raise wrong(f"There is no {name[:40]!r}.")
    switches = {name: said.get(name, name == "soft") for name in _SWITCHES}
    for name, value in switches.items():
        if not isinstance(value, bool):
            raise wrong(f"`{name}` is true or false.")
    found = Purge(
        urls=_each(said, "urls", _url),
        tags=_each(said, "tags", _tag),
        patterns=_each(said, "patterns", _pattern),
        everything=bool(switches["all"]),
        soft=bool(switches["soft"]),
    )
    if not (found.urls or found.tags or found.patterns or found.everything):
        raise wrong("Say what is to go: urls, tags, patterns, or all.")
    return found


def reached(purge: Purge, tiers: Mapping[str, bool]) -> dict[str, object]:
    """Return what is answered: by tier, whether the purge is in effect there."""
    return {"soft": purge.soft, "tiers": dict(tiers)}


def _object(content: bytes) -> Mapping[str, object]:
    said = told(content)
    if not isinstance(said, dict):
        raise wrong("Send an object.")
    return said


def _each(
    said: Mapping[str, object], name: str, read: Callable[[str], bytes | None]
) -> tuple[bytes, ...]:
    values = said.get(name, [])
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise wrong(f"`{name}` is a list.")
    if len(values) > MOST:
        raise wrong(f"`{name}` has more than {MOST}.")
    found = []
    for value in values:
        one = read(value) if isinstance(value, str) else None
        if one is None:
            raise wrong(f"`{name}` has {str(value)[:80]!r}.")
        found.append(one)
    return tuple(found)


def _url(text: str) -> bytes | None:
    if len(text) > _LONGEST_URL or not text.isascii():
        return None
    if _TARGET.fullmatch(text):
        return text.encode()
    whole = _URL.fullmatch(text)
    if whole is None:
        return None
    scheme, authority, target = whole.groups()
    slash = "" if target.startswith("/") else "/"
    return origin(scheme.lower(), authority.encode()) + (slash + target).encode()


def _tag(text: str) -> bytes | None:
    tag = text.encode("utf-8", "replace")
    return tag if 0 < len(tag) <= LONGEST_TAG else None


def _pattern(text: str) -> bytes | None:
    if len(text) > _LONGEST_PATTERN or not text.isascii() or fault(text):
        return None
    return text.encode()
