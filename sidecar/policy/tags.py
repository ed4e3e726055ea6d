"""Tags: the names by which an origin lets its responses be purged together.

Surrogate-Key and xkey (names and spaces), Cache-Tag (names and commas), and
Cache-Groups (RFC 9875: a list of strings). A group is meant for its own origin
alone; the other names are the operator's, for all of the cache.
"""

from collections.abc import Mapping, Sequence

from sidecar.semantics.structured import strings

MOST_TAGS = 1024
LONGEST_TAG = 256
REST = b"*"
"""Instead of those that are not kept: every purge by tag is meant for it."""
# RFC 9875 §2: at least 32 groups of 32 characters each are to be supported.
_GROUP = b"group:"


def tags(
    values: Mapping[bytes, bytes], static: Sequence[bytes], origin: bytes
) -> tuple[bytes, ...]:
    """The tags of a response; `static` are the route's, `origin` its URL's.

    More than `MOST_TAGS` are not kept, nor what is longer than `LONGEST_TAG`: the
    first is `REST` then.
    """
    if not static and _FIELDS.isdisjoint(values):
        return ()
    found = [*static]
    for name in (b"surrogate-key", b"xkey", b"cache-tag"):
        if name in values:
            found += values[name].replace(b",", b" ").split()
    found += groups(values.get(b"cache-groups"), origin)
    said = dict.fromkeys(found)
    kept = tuple([tag for tag in said if len(tag) <= LONGEST_TAG])[:MOST_TAGS]
    return kept if len(kept) == len(said) else (REST, *kept)


def groups(value: bytes | None, origin: bytes) -> tuple[bytes, ...]:
    """The tags that groups of an origin are (RFC 9875 §2.1)."""
    if value is None:
        return ()
    return tuple(b"%b%b %b" % (_GROUP, origin, name) for name in strings(value))


_FIELDS = frozenset({b"surrogate-key", b"xkey", b"cache-tag", b"cache-groups"})
