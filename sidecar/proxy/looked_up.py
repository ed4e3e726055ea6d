"""Looked up: what the cache knows of an exchange that it could not simply answer.

Made on the way in where there was no hit, and read on the way back.
"""

from dataclasses import dataclass, field

from sidecar.errors import SidecarError
from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.reuse import Forward
from sidecar.proxy.collapse import Flight
from sidecar.semantics.cache_control import NOTHING, CacheControl
from sidecar.storage.entry import Mark, Stored
from sidecar.units import Seconds, Timestamp


@dataclass(frozen=True, slots=True)
class Verdict:
    """A response may be stored, under the variant that `names` choose."""

    lifetimes: Lifetimes
    names: tuple[bytes, ...]
    generated: Timestamp
    received: Timestamp
    by_origin: bool


@dataclass(init=False, slots=True)
class LookedUp:
    """Of one exchange.

    why: it was, or is to be, forwarded. key: of the URL; variant: with what Vary
        adds, the same where nobody varies. target: with only what counts, as the URL
        ends. control: what the client says of us.
    entry: what is stored, and needs validation or may serve on an error;
        `validates`: it was asked about; `outdated`: it goes when the answer is whole.
    others: a response of the same key that was fetched with other credentials.
    proof: the field by which the key holds who asks, verified; empty: it does not.
    owner: a digest of the request's other credentials. chance: of jitter, from 0 to 1.
    refused: why the upstream may not be asked, if no other tier has it either.
    delayed: what the store of the limits has taken of the patience for stores.
    passes: nothing was storable lately; barren: and nobody doubts it.
    alone: it waits for nobody.
    flight: led by this exchange; awaited: led by another.
    """

    why: Forward
    url: bytes
    key: bytes
    variant: bytes
    target: bytes
    control: CacheControl
    entry: Stored | None
    validates: bool
    outdated: bool
    others: Stored | None
    proof: bytes
    owner: bytes
    chance: float
    refused: SidecarError | None
    delayed: Seconds
    passes: bool
    barren: bool
    alone: bool
    collapsed: bool
    mark: Mark | None
    verdict: Verdict | None
    flight: Flight | None = field(repr=False)
    awaited: Flight | None = field(repr=False)

    def __init__(  # noqa: PLR0913 (one for each thing that is known)
        self,
        why: Forward,
        url: bytes = b"",
        key: bytes = b"",
        variant: bytes = b"",
        target: bytes = b"",
        *,
        barren: bool = False,
        alone: bool = False,
    ) -> None:
        self.why = why
        self.url = url
        self.key = key
        self.variant = variant
        self.target = target
        self.control = NOTHING
        self.entry = None
        self.validates = False
        self.outdated = False
        self.others = None
        self.proof = b""
        self.owner = b""
        self.chance = 0.0
        self.refused = None
        self.delayed = 0.0
        self.passes = False
        self.barren = barren
        self.alone = alone
        self.collapsed = False
        self.mark = None
        self.verdict = None
        self.flight = None
        self.awaited = None


@dataclass(frozen=True, slots=True)
class Later:
    """A stored response whose rendering holds up the event loop."""

    key: bytes
    entry: Stored
    note: bytes
    age: Seconds | None


@dataclass(slots=True)
class Ready:
    """A stored response, to be written as it is.

    head: all lines, without what is said of the connection and the empty line.
    refresh: what to ask for anew, behind the client's back. later: it takes time to
    be made, and is of this.
    """

    status: int
    head: bytes
    content: bytes
    refresh: LookedUp | None = None
    later: Later | None = None
