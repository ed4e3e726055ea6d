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


def digest(label: bytes) -> bytes:
    return blake2b(label, digest_size=DIGEST).digest()


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
    return Cut(
        digests=tuple(map(digest, _named(purge))),
        patterns=tuple(purge.origin + b" " + one for one in purge.patterns),
        everything=purge.everything,
        soft=purge.soft,
    )


def _named(purge: Purge) -> Iterator[bytes]:
    for url in purge.urls:
        yield (b"p" if url.startswith(b"/") else b"u") + url
    for tag in (*purge.tags, REST) if purge.tags else ():
        yield b"t" + tag


def fits(pattern: bytes, url: bytes) -> bool:
    """Whether a `Cut`'s pattern is meant for `url`; without origin: for every one."""
    origin, _, path_pattern = pattern.partition(b" ")
    of, target = split(url)
    if origin and origin != of:
        return False
    path = target.partition(b"?")[0]
    return includes(segments(path_pattern.decode()), clear(path).split(b"/")[1:])
