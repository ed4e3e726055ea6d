"""Entry: what is stored under a key, as every tier holds it.

    key ─┬─▶ Stored     a response
         └─▶ Variants   responses differ by request fields; each has a key of its own

A key is `policy.cache_key`'s: the URL, a space, and what else tells responses
apart; its length has no bound, so tiers that need one digest it, and check that
what they read was stored under the whole key. What is persisted is in wall-clock
time; `settle` turns it into this process's monotonic time once, when the entry
is made or read, so that a clock that jumps ages nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sidecar.policy.lifetimes import Lifetimes
from sidecar.semantics.accept_encoding import IDENTITY
from sidecar.units import NEVER, Bytes, Instant, Seconds, Timestamp

UNSETTLED = Instant(0.0)
INVALID = Instant(float("-inf"))
"""`fresh_until` of what may not be served without validation any more."""

Mark: TypeAlias = tuple[int, int]
"""The newest purges known when a fetch began: of this host, of the remote tier."""

# Of Python's own, for each entry: objects, slots, places in tables.
OVERHEAD: Bytes = 800
# And for each tag.
_TAG: Bytes = 48


@dataclass(slots=True)
class Rendition:
    """A stored response as one of the ways it goes out, ready to be written.

    head: for 200 and the like, from the status line on; what changes from answer
        to answer comes after it. not_modified: the same for 304.
    etag: of this rendition. content: its body, shared with the entry's.
    """

    head: bytes
    not_modified: bytes
    etag: bytes
    content: bytes


@dataclass(slots=True, eq=False)
class Stored:
    """A response and what is known of it.

    url: scheme, authority and target, without what else is in the key; a purge
        by URL or pattern looks at it.
    lines: the fields as they are sent, each `Name: value` with its CRLF; without
        hop-by-hop fields, Content-Length and Age. `body` is the content as the
        upstream sent it; `codings` its encoded forms, by coding, made later at
        whatever level, and `identity`, where the upstream's own coding was undone.
    generated: when it was of age 0 (RFC 9111 §4.2.3). received: when it was
        stored or last validated.
    tags: names to purge by.
    owner: a digest of the credentials it was fetched with, while it is shown to
        nobody else; empty where it may be shown to everybody.
    """

    url: bytes
    status: int
    lines: bytes
    body: bytes
    generated: Timestamp
    received: Timestamp
    lifetimes: Lifetimes
    etag: bytes = b""
    last_modified: bytes = b""
    tags: tuple[bytes, ...] = ()
    owner: bytes = b""
    codings: dict[bytes, bytes] = field(default_factory=dict)

    # What this process makes of it: not part of what is persisted.
    born: Instant = UNSETTLED
    """`generated` in monotonic time: age is `now - born`."""
    fresh_until: Instant = UNSETTLED
    """A soft purge lowers it to its time; INVALID where stale use is out, too."""
    gone_from: Instant = UNSETTLED
    """`until` in monotonic time."""
    refresh_from: Instant = NEVER
    """From when on a hit may be the one that fetches anew, before it is stale."""
    cost: Seconds = 0.0
    """How long its fetch took."""
    failed_until: Instant = UNSETTLED
    """The upstream failed to refresh it: nobody waits for another try before."""
    hits: int = 0
    renditions: dict[bytes, Rendition] = field(default_factory=dict)
    """By coding, `b""` for the body as it is."""
    mark: Mark | None = None
    """`Store.mark()` of before its fetch or last validation began: a purge that came
    since then is meant for it, too. None: of when it is put."""
    checked: int = 0
    """The newest purge of this host that was looked at for it."""
    slots: Sequence[int] | None = None
    """Where `storage.epochs` looks for purges that are meant for it."""
    shared: int = -1
    """Its codings when it was last written to a shared tier; -1: it is not there."""

    def settle(self, wall: Timestamp, now: Instant) -> None:
        """Work out the monotonic times; `wall` and `now` are the same moment."""
        self.born = Instant(now - max(0.0, wall - self.generated))
        self.fresh_until = Instant(self.born + self.lifetimes.fresh)
        self.gone_from = Instant(self.born + self.lifetimes.total)

    def stay_stale(self) -> None:
        """Be no longer fresh than now, wherever it is put from here."""
        fresh = max(0.0, self.fresh_until - self.born)
        self.lifetimes = replace(self.lifetimes, fresh=fresh)

    @property
    def plain(self) -> bytes:
        """What `codings` are made of."""
        return self.codings.get(IDENTITY, self.body)

    @property
    def until(self) -> Timestamp:
        """When it is good for nothing any more, so that any tier may drop it."""
        return Timestamp(self.generated + self.lifetimes.total)

    @property
    def size(self) -> Bytes:
        """Bytes of memory, roughly, without the key."""
        encoded = sum(map(len, self.codings.values()))
        heads = sum(
            len(one.head) + len(one.not_modified) for one in self.renditions.values()
        )
        tags = sum(map(len, self.tags)) + _TAG * len(self.tags)
        own = len(self.url) + len(self.lines) + len(self.body)
        return OVERHEAD + own + tags + encoded + heads


@dataclass(slots=True, eq=False)
class Variants:
    """The responses under this key differ by what the request fields `names` say.

    names: lower-case, sorted; what Vary named, over all responses seen
        (RFC 9111 §4.1). keys: those of the stored variants, the oldest first;
        `policy.vary` bounds their number.
    """

    url: bytes
    names: tuple[bytes, ...]
    keys: tuple[bytes, ...]
    until: Timestamp

    @property
    def size(self) -> Bytes:
        return OVERHEAD + sum(map(len, self.keys)) + len(self.url)


Entry: TypeAlias = Stored | Variants
