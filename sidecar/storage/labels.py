"""Labels: the names that a purge may call a stored response by.

    u URL      scheme, authority and target
    p target   whatever the authority
    t tag

Every tier compares digests of labels, never the texts: they are of one length,
however long a URL is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from sidecar.policy.path_pattern import clear, includes, segments
from sidecar.policy.tags import REST
from sidecar.storage.entry import Stored
from sidecar.storage.store import Purge

DIGEST: Final = 16
"""Bytes of a label's digest."""


# Copied for each: telling it the size again takes longer than the hash.
_BEGUN: Final = blake2b(digest_size=DIGEST)


def digest(label: bytes) -> bytes:
    begun = _BEGUN.copy()
    begun.update(label)
    return begun.digest()


def split(url: bytes) -> tuple[bytes, bytes]:
    """Origin and target of a URL; no origin where it is a target."""
    scheme, separator, rest = url.partition(b"://")
    if not separator or url.startswith(b"/"):
        return b"", url
    authority, slash, target = rest.partition(b"/")
    return scheme + separator + authority, slash + target


def of_entry(entry: Stored) -> Iterator[bytes]:
    """Return all that a purge may call it."""
    _, target = split(entry.url)
    yield b"u" + entry.url
    yield b"p" + target
    for tag in entry.tags:
        yield b"t" + tag


@dataclass(init=False, slots=True)
class Cut:
    """A purge as tiers carry it out; `patterns` with their origin and a space.

    Its `__init__` is its own: what a dataclass makes is not compiled.
    """

    digests: tuple[bytes, ...]
    patterns: tuple[bytes, ...]
    everything: bool
    soft: bool

    def __init__(
        self,
        digests: tuple[bytes, ...] = (),
        patterns: tuple[bytes, ...] = (),
        *,
        everything: bool = False,
        soft: bool = False,
    ) -> None:
        self.digests = digests
        self.patterns = patterns
        self.everything = everything
        self.soft = soft


def cut(purge: Purge) -> Cut:
    # Lists, for C makes them in place: a purge of one URL comes with every POST.
    digests = [
        digest((b"p" if url.startswith(b"/") else b"u") + url) for url in purge.urls
    ]
    if purge.tags:
        digests += [digest(b"t" + tag) for tag in (*purge.tags, REST)]
    return Cut(
        digests=tuple(digests),
        patterns=tuple([purge.origin + b" " + one for one in purge.patterns]),
        everything=purge.everything,
        soft=purge.soft,
    )


def fits(pattern: bytes, url: bytes) -> bool:
    """Whether a `Cut`'s pattern is meant for `url`; without origin: for every one."""
    origin, _, path_pattern = pattern.partition(b" ")
    of, target = split(url)
    if origin and origin != of:
        return False
    path = target.partition(b"?")[0]
    return includes(segments(path_pattern.decode()), clear(path).split(b"/")[1:])
