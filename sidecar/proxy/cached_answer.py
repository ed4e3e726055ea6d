"""Cached answer: what the cache makes of what the upstream said, or failed to say.

    whole    all of a response is here: stored, freshened, or passed on
    begins   its head is: where it may be stored, a Feed that all can read
    passed_on   where not: it is whole
    ends     the feed came to its end
    failed   nothing came: the stored one, where that is allowed
    left     whoever asked is gone

Each settles the flight that others wait for. Ready means: answer with this instead.
"""

from typing import Final

from sidecar.errors import SidecarError, UpstreamFailed
from sidecar.policy.freshening import confirms, same_content
from sidecar.policy.invalidation import changes
from sidecar.policy.ownership import is_for
from sidecar.policy.refused import CircuitOpen, Overloaded
from sidecar.policy.reuse import FAILED, Forward, Use, on_error, reuse
from sidecar.policy.storability import Reason, withheld
from sidecar.policy.vary import suffix
from sidecar.proxy.cache_shared import Storing
from sidecar.proxy.clock import Clock
from sidecar.proxy.collapse import Turn
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.feed import Feed
from sidecar.proxy.invalidate import invalidate
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.proxy.verdicts import METHOD, Verdicts
from sidecar.semantics.cache_status import forwarded
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import NOT_MODIFIED
from sidecar.semantics.targeted import directives
from sidecar.storage.entry import Stored
from sidecar.units import Instant, Seconds

# How long nobody tries again to refresh what could not be.
RETRY_AFTER: Final[Seconds] = 1.0


class CachedAnswer:
    def __init__(self, settings: Storing, verdicts: Verdicts, clock: Clock) -> None:
        self.shared = verdicts.shared
        self.writer = verdicts.writer
        self.passed_on = verdicts.passed_on
        self._settings = settings
        self._verdicts = verdicts
        self._keeper = verdicts.keeper
        self._clock = clock

    def whole(
        self, exchange: Exchange, head: ResponseHead, content: bytes
    ) -> Ready | None:
        found = exchange.found
        if found is not None and found.barren and self._keeper.has_no_lifetime(head):
            self._verdicts.passed(exchange)
            return None
        found = self._storable(exchange, head)
        if found is None:
            return None
        now = self._clock.now()
        if head.status == NOT_MODIFIED:
            return self._not_modified(exchange, found, head, now)
        if ready := self._instead(exchange, found, head.status, now):
            return ready
        entry = None
        verdict = self._verdicts.judge(exchange, found, head)
        if isinstance(verdict, Reason):
            self._verdicts.decline(exchange, found, verdict, head.status)
        else:
            entry = self._verdicts.keep(exchange, found, head, content, verdict)
        if entry is None or withheld(directives(head.values).control):
            return None  # or: with fields that only this client gets
        # As those will see it who come later; also to judge this client's conditions.
        note = forwarded(found.why, stored=True, left=entry.fresh_until - now)
        age = now - entry.born if b"age" in head.values else None
        return self.writer.answer(exchange, entry, found.variant, note, age)

    def begins(self, exchange: Exchange, head: ResponseHead) -> Ready | Feed | None:
        found = self._storable(exchange, head)
        if found is None:
            return None
        if ready := self._instead(exchange, found, head.status, self._clock.now()):
            return ready
        verdict = self._verdicts.judge(exchange, found, head)
        if isinstance(verdict, Reason):
            self._verdicts.pass_on(exchange, found, verdict, head.status)
            return None
        self._verdicts.note(exchange, found, stored=True)
        found.verdict = verdict
        return self._verdicts.feed(exchange, found, head, verdict)

    def ends(self, exchange: Exchange, feed: Feed) -> None:
        found = exchange.found
        if found is None or found.verdict is None:
            return
        if not feed.is_whole:
            self._verdicts.decline(exchange, found, Reason.TOO_LARGE, feed.head.status)
            return
        self._verdicts.keep(exchange, found, feed.head, feed.content, found.verdict)

    def broke(self, exchange: Exchange, feed: Feed, error: SidecarError) -> None:
        """The feed broke off: nothing of it is stored."""
        feed.fail(error)
        if exchange.found is not None:
            self._verdicts.settle(exchange.found, Turn.ALONE)

    def may_read(self, exchange: Exchange, feed: Feed) -> bool:
        """Whether a feed is for this exchange, too; else its variant is another."""
        found = exchange.found
        if found is None or not feed.is_whole:
            return False
        own = suffix(feed.names, exchange.request.values)
        if own != feed.suffix:
            found.variant = found.key + own
            return False
        entry, now = feed.entry, self._clock.now()
        if entry is None or not is_for(entry.owner, found.owner):
            return False
        left = entry.fresh_until - now
        used = reuse(entry.lifetimes, now - entry.born, left, found.control)
        return used is Use.HIT and self.shared.store.is_current(entry)

    def reads_along(self, exchange: Exchange) -> None:
        found = exchange.found
        if found is not None:
            self._verdicts.count(exchange, "collapsed")
            self.writer.note(exchange, forwarded(found.why, collapsed=True))

    def failed(self, exchange: Exchange, error: SidecarError) -> Ready | None:
        found = exchange.found
        if found is None:
            return None
        if not isinstance(error, UpstreamFailed | CircuitOpen | Overloaded):
            # It is this client's alone, as a limit that it met.
            self.left(exchange)
            return None
        now = self._clock.now()
        if found.key and (ready := self._instead(exchange, found, None, now)):
            return ready
        if found.flight is not None:
            flight, found.flight = found.flight, None
            flight.fail(error)
        self._verdicts.note(exchange, found)
        return None

    def refreshed(self, exchange: Exchange, *, worked: bool) -> None:
        """A fetch behind a client's back is over."""
        counts = self.shared.counts
        counts.count("refreshed" if worked else "unrefreshed")
        self.left(exchange)

    def left(self, exchange: Exchange) -> None:
        found = exchange.found
        # A feed goes on without whoever began it.
        if found is not None and found.flight is not None and not found.verdict:
            found.flight.hand_over()
            found.flight = None

    def collapsed(self, exchange: Exchange, entry: Stored, left: Seconds) -> Ready:
        """Another's fetch answers."""
        self._verdicts.count(exchange, "collapsed")
        found = exchange.found
        why = Forward.MISS if found is None else found.why
        variant = b"" if found is None else found.variant
        note = forwarded(why, collapsed=True, left=left)
        age = self._clock.now() - entry.born
        return self.writer.answer(exchange, entry, variant, note, age)

    def stale(self, exchange: Exchange, now: Instant, status: int | None) -> Ready:
        """What is stored, for the upstream failed with `status`, or without a word."""
        found = exchange.found
        if found is None or found.entry is None:
            raise AssertionError("nothing is stored")
        entry = found.entry
        self._verdicts.count(exchange, "stale")
        left = entry.fresh_until - now
        note = forwarded(found.why, status=status, left=left, detail=b"stale-if-error")
        return self.writer.answer(
            exchange, entry, found.variant, note, now - entry.born
        )

    def _instead(
        self, exchange: Exchange, found: LookedUp, status: int | None, now: Instant
    ) -> Ready | None:
        """The stored response, where the upstream failed and that is allowed."""
        entry = found.entry
        if entry is None or (status is not None and status not in FAILED):
            return None
        entry.failed_until = Instant(now + RETRY_AFTER)
        if not on_error(entry.lifetimes, entry.fresh_until - now, found.control):
            return None
        self._verdicts.settle(found, Turn.AGAIN)
        return self.stale(exchange, now, status)

    def _not_modified(
        self, exchange: Exchange, found: LookedUp, head: ResponseHead, now: Instant
    ) -> Ready | None:
        entry = found.entry
        if entry is None or not found.validates:
            # The client's own condition: it has the response, and we do not.
            self._verdicts.settle(found, Turn.ALONE)
            self._verdicts.note(exchange, found)
            return None
        self._verdicts.count(exchange, "revalidated")
        reason: Reason | None = None
        if confirms(head.values, entry.etag, entry.last_modified):
            entry, reason = self._keeper.freshen(
                found, entry, exchange.request, head, exchange.first_byte or 0.0
            )
            self._verdicts.plan(entry, exchange)
        self._verdicts.share(found, entry, now)
        note = forwarded(
            found.why,
            status=NOT_MODIFIED,
            stored=reason is None,
            left=entry.fresh_until - now,
            detail=(reason or "").encode(),
        )
        return self.writer.answer(
            exchange, entry, found.variant, note, now - entry.born
        )

    def _storable(self, exchange: Exchange, head: ResponseHead) -> LookedUp | None:
        """What was looked up, if the answer is one that may be stored at all."""
        found = exchange.found
        if found is None or (found.key and exchange.asking.method == b"GET"):
            return found
        self._passed(exchange, found, head)
        return None

    def _passed(self, exchange: Exchange, found: LookedUp, head: ResponseHead) -> None:
        """What is not stored whatever it says, but may change what is."""
        if found.why is METHOD:
            if changes(exchange.request.method, head.status):
                target = exchange.request.target
                also, store = self._settings.also, self.shared.store
                invalidate(store, found.url, target, head.values, also)
        elif found.entry is not None and head.status == 200:  # noqa: PLR2004
            entry = found.entry
            same = same_content(
                head.values, entry.etag, entry.last_modified, len(entry.body)
            )
            if same:
                took = exchange.first_byte or 0.0
                self._keeper.freshen(found, entry, exchange.request, head, took)
            elif same is False:
                self.shared.store.remove(found.variant)
        self._verdicts.note(exchange, found)
