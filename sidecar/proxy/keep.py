"""Keep: makes what is stored of what came, and puts it where it is found again.

Judged by `policy.storability` and `policy.freshness`; a stored response is
brought up to date by a 304 the same way, and judged anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sidecar.policy.freshening import freshened, storable_fields
from sidecar.policy.freshness import (
    Received,
    Rules,
    generated,
    is_by_origin,
    is_silent,
    lifetimes,
)
from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.ownership import gives_a_secret
from sidecar.policy.storability import Asked, Reason, not_storable, withheld
from sidecar.policy.tags import tags
from sidecar.policy.vary import (
    ORIGIN,
    reflects_origin,
    remember,
    selecting,
    suffix,
)
from sidecar.proxy.clock import Clock
from sidecar.proxy.looked_up import LookedUp, Verdict
from sidecar.semantics.field_block import joined, pack, unpack
from sidecar.semantics.hop import PSEUDONYM, via
from sidecar.semantics.message import Fields, RequestHead, ResponseHead
from sidecar.semantics.targeted import directives
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.store import Store
from sidecar.units import Bytes, Seconds, Timestamp

# How long the names that Vary named are remembered past what is stored.
NAMES_KEPT: Final[Seconds] = 86_400.0
# Ours to write on every answer, or for our ears only.
_INTERNAL: Final = b"x-sidecar-"
_OURS: Final = frozenset({b"via", b"x-request-id"})


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a route says of storing; the keys of `cache` in the configuration.

    known: request fields that the key holds, or that are never passed on.
    """

    rules: Rules
    errors: bool = False
    max_size: Bytes = 4 * 1024 * 1024
    tags: tuple[bytes, ...] = ()
    known: frozenset[bytes] = frozenset()


class Keeper:
    def __init__(self, keeping: Keeping, store: Store, clock: Clock) -> None:
        self._keeping = keeping
        self._store = store
        self._clock = clock
        self._listens = keeping.rules.leave_it_to_origins

    def has_no_lifetime(self, head: ResponseHead) -> bool:
        """Whether that is plain to see, as for most responses that are not stored."""
        return self._listens and is_silent(head.values)

    def judge(
        self,
        found: LookedUp,
        request: RequestHead,
        head: ResponseHead,
        took: Seconds,
    ) -> Verdict | Reason:
        """Whether the response may be stored; `took`: from asking to its head."""
        keeping, values = self._keeping, head.values
        if self.has_no_lifetime(head):
            return Reason.NO_LIFETIME
        said = directives(values)
        received = self._clock.wall()
        response = Received(
            head.status, values, said, Timestamp(received - took), received
        )
        lasting = lifetimes(response, keeping.rules, found.chance)
        if lasting is None:
            return Reason.NO_LIFETIME
        asked = Asked(
            request.method,
            request.values,
            found.control,
            has_body=request.has_body,
            known=keeping.known,
            proof=found.proof,
        )
        reason = not_storable(
            asked, head.status, values, said.control, errors=keeping.errors
        )
        if reason is not None:
            return reason
        if (head.content_length or 0) > keeping.max_size:
            return Reason.TOO_LARGE
        by_origin = is_by_origin(response, keeping.rules)
        if not by_origin and gives_a_secret(values):
            return Reason.SET_COOKIE
        names = selecting(values.get(b"vary"), keeping.known) or ()
        if reflects_origin(request.values, values, keeping.known):
            names = tuple(sorted({*names, ORIGIN}))
        return Verdict(lasting, names, generated(response), received, by_origin)

    def entry(
        self, found: LookedUp, head: ResponseHead, content: bytes, verdict: Verdict
    ) -> Stored:
        """What is to be stored of a whole response."""
        fields = self._kept(head)
        fields.append((b"Via", via(head.values, head.minor, PSEUDONYM)))
        if b"date" not in head.values:
            fields.append((b"Date", self._clock.date()))
        entry = self._entry(found, head.status, fields, head.values, verdict)
        entry.body = content
        if not verdict.by_origin:
            entry.owner = found.owner
        return entry

    def freshen(
        self,
        found: LookedUp,
        entry: Stored,
        request: RequestHead,
        head: ResponseHead,
        took: Seconds,
    ) -> tuple[Stored, Reason | None]:
        """The stored response with what a newer head says of it.

        Where it may not be stored like that, it is for this client alone.
        """
        fields = freshened(unpack(entry.lines), self._kept(head), head.values)
        values = joined(fields)
        for name in (b"age", b"date", b"set-cookie"):
            # Of the newer head alone, for it is now that this holds.
            values.pop(name, None)
            if name in head.values:
                values[name] = head.values[name]
        updated = replace(head, status=entry.status, values=values, content_length=None)
        get = replace(request, method=b"GET")
        verdict = self.judge(found, get, updated, took)
        if isinstance(verdict, Reason):
            now = self._clock.wall()
            nothing = Verdict(Lifetimes(), (), now, now, by_origin=True)
            fresh = self._entry(found, entry.status, fields, values, nothing)
            fresh.body = entry.body
            self._store.remove(found.variant)
            return fresh, verdict
        fresh = self._entry(found, entry.status, fields, values, verdict)
        fresh.body, fresh.owner = entry.body, entry.owner
        fresh.codings, fresh.hits = entry.codings, entry.hits
        self.put(found, request, fresh, verdict.names)
        return fresh, None

    def put(
        self,
        found: LookedUp,
        request: RequestHead,
        entry: Stored,
        names: Sequence[bytes],
    ) -> None:
        """Store under the key of the variant that the request chose."""
        store, key = self._store, found.key
        marker = store.get(key)
        keys: tuple[bytes, ...] = ()
        removed: Sequence[bytes]
        if isinstance(marker, Variants):
            names = tuple(sorted({*marker.names, *names}))
            keys = marker.keys
        found.variant = variant = key + suffix(names, request.values)
        if names:
            until = Timestamp(entry.until + NAMES_KEPT)
            if not isinstance(marker, Variants) or marker.names != names:
                # By other names those stored so far are not found any more.
                removed, keys = keys, (variant,)
            else:
                keys, removed = remember(keys, variant)
            for gone in removed:
                store.remove(gone)
            if (
                not isinstance(marker, Variants)
                or keys != marker.keys
                or marker.until < until - NAMES_KEPT / 2
            ):
                store.put(key, Variants(entry.url, tuple(names), keys, until))
        store.put(variant, entry)

    def _kept(self, head: ResponseHead) -> Fields:
        """The fields of a response that are stored."""
        gone = withheld(directives(head.values).control) | _OURS
        return [
            field
            for field in storable_fields(head.fields, head.values, gone)
            if not field[0].lower().startswith(_INTERNAL)
        ]

    def _entry(
        self,
        found: LookedUp,
        status: int,
        fields: Fields,
        values: dict[bytes, bytes],
        verdict: Verdict,
    ) -> Stored:
        origin = b"/".join(found.url.split(b"/", 3)[:3])
        entry = Stored(
            url=found.url,
            status=status,
            lines=pack(fields),
            body=b"",
            generated=verdict.generated,
            received=verdict.received,
            lifetimes=verdict.lifetimes,
            etag=values.get(b"etag", b""),
            last_modified=values.get(b"last-modified", b""),
            tags=tags(values, self._keeping.tags, origin),
        )
        entry.mark = found.mark
        entry.settle(self._clock.wall(), self._clock.now())
        return entry
