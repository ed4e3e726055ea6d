"""Verdicts: carries out whether an answer is stored, for whom, and who learns it.

One key at a time: the store, the flight that others wait for, what is remembered
of what is not storable, the numbers, and Cache-Status.
"""

from functools import lru_cache
from typing import Final

from sidecar.policy.early_refresh import time_for_it
from sidecar.policy.ownership import are_two_users, telling
from sidecar.policy.reuse import FAILED, Forward
from sidecar.policy.storability import Reason, speaks_of_it, withheld
from sidecar.policy.vary import suffix
from sidecar.proxy.cache_shared import Shared, Storing
from sidecar.proxy.clock import Clock
from sidecar.proxy.collapse import Turn
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.feed import Feed
from sidecar.proxy.keep import Keeper
from sidecar.proxy.looked_up import LookedUp, Verdict
from sidecar.proxy.ready import Writer
from sidecar.semantics.cache_status import forwarded
from sidecar.semantics.field_block import unpack
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.targeted import directives
from sidecar.storage.entry import Stored
from sidecar.units import Instant, Seconds

METHOD: Final = Forward.METHOD


class Verdicts:
    def __init__(
        self,
        settings: Storing,
        shared: Shared,
        keeper: Keeper,
        writer: Writer,
        clock: Clock,
    ) -> None:
        self.shared = shared
        self.keeper = keeper
        self.writer = writer
        self._settings = settings
        self._clock = clock

    def judge(
        self, exchange: Exchange, found: LookedUp, head: ResponseHead
    ) -> Verdict | Reason:
        if head.until_close:
            return Reason.INCOMPLETE  # nobody can tell its end from a cut
        took = exchange.first_byte or 0.0
        return self.keeper.judge(found, exchange.request, head, took)

    def decline(
        self, exchange: Exchange, found: LookedUp, reason: Reason, status: int
    ) -> None:
        """All of a response is here, and is not stored."""
        self.pass_on(exchange, found, reason, status)
        if found.outdated:
            self.shared.store.remove(found.variant)

    def pass_on(
        self, exchange: Exchange, found: LookedUp, reason: Reason, status: int
    ) -> None:
        """The same of one that comes in; `passed_on` when it has."""
        shared = self.shared
        shared.counts.unstored += 1
        self.settle(found, Turn.ALONE)
        if status not in FAILED:
            if reason is not Reason.REQUEST_NO_STORE:
                shared.barren.note(found.key, reason, self._clock.now())
            # What is stored is not what there is any more.
            found.outdated = found.entry is not None and speaks_of_it(status, reason)
        self.note(exchange, found, detail=reason)

    def passed_on(self, exchange: Exchange) -> None:
        """Not before it is whole: an answer that breaks off is a failure, where what
        is stored may serve (RFC 5861 §4), and not a full response that replaces it
        (RFC 9111 §4.3.3).
        """
        found, store = exchange.found, self.shared.store
        if found is not None and found.outdated and (entry := found.entry):
            there = store.get(found.variant)
            if isinstance(there, Stored) and there.received <= entry.received:
                store.remove(found.variant)  # none has come meanwhile

    def passed(self, exchange: Exchange) -> None:
        """`decline`, where a response without a lifetime came as was expected."""
        counts = self.shared.counts
        counts.unstored += 1
        counts.miss += 1
        exchange.cached = "miss"
        self.writer.note(exchange, _WITHOUT_LIFETIME)

    def keep(
        self,
        exchange: Exchange,
        found: LookedUp,
        head: ResponseHead,
        content: bytes,
        verdict: Verdict,
    ) -> Stored | None:
        if len(content) > self._settings.max_size:
            self.decline(exchange, found, Reason.TOO_LARGE, head.status)
            return None
        entry = self.keeper.entry(found, head, content, verdict)
        shared = self.shared
        if entry.owner and not self._may_share(found, entry):
            shared.store.remove(found.variant)
            self.decline(exchange, found, Reason.IDENTITIES, head.status)
            return None
        self.plan(entry, exchange)
        self.keeper.put(found, exchange.request, entry, verdict.names)
        shared.counts.stored += 1
        shared.barren.forget(found.key)
        now = self._clock.now()
        self.share(found, entry, now)
        left = entry.fresh_until - now
        self.note(exchange, found, stored=True, left=left)
        return entry

    def _may_share(self, found: LookedUp, entry: Stored) -> bool:
        """Whether what the route alone allows may be kept, and for whom."""
        others, barren = found.others, self.shared.barren
        if barren.reason(found.key, self._clock.now()) is Reason.IDENTITIES:
            return False
        if others is not None:
            if _say_the_same(others, entry):
                if are_two_users(others.owner, entry.owner):
                    entry.owner = b""  # and were told the same
            elif others.fresh_until > self._clock.now():
                self.shared.counts.locked += 1
                return False
        elif found.entry is not None and _say_the_same(found.entry, entry):
            # What changed is its user's again: only the old one was proved to be
            # everybody's.
            entry.owner = found.entry.owner
        return True

    def feed(
        self, exchange: Exchange, found: LookedUp, head: ResponseHead, verdict: Verdict
    ) -> Feed:
        """What is stored when it has come in, and read along if that may be."""
        feed = Feed(head, self._settings.max_size)
        if found.flight is not None and self._may_be_joined(verdict, head):
            feed.names = verdict.names
            feed.suffix = suffix(verdict.names, exchange.request.values)
            feed.entry = self.keeper.entry(found, head, b"", verdict)
            found.flight.stream(feed)
        return feed

    def _may_be_joined(self, verdict: Verdict, head: ResponseHead) -> bool:
        """Whether others may read along, instead of what is stored of it later."""
        # What is old when it comes is not fresh for anybody.
        fresh = verdict.generated + verdict.lifetimes.fresh > verdict.received
        if not fresh or verdict.lifetimes.validate:
            return False
        # Fields that only this client gets are in the head that all would read.
        return not withheld(directives(head.values).control)

    def share(self, found: LookedUp, entry: Stored, now: Instant) -> None:
        """Let those who wait have it, if it may be used without asking again."""
        usable = entry.fresh_until > now and not entry.lifetimes.validate
        self.settle(found, Turn.AGAIN if usable else Turn.ALONE)

    def settle(self, found: LookedUp, turn: Turn) -> None:
        if found.flight is not None:
            found.flight.settle(turn)
            found.flight = None

    def plan(self, entry: Stored, exchange: Exchange) -> None:
        """When it may be refreshed early."""
        entry.cost = exchange.first_byte or 0.0
        if self._settings.early_refresh:
            early = time_for_it(entry.cost, entry.lifetimes.fresh)
            entry.refresh_from = Instant(entry.fresh_until - early)

    def count(self, exchange: Exchange, result: str) -> None:
        """How the cache took part in an exchange; what comes first counts."""
        if not exchange.cached:
            exchange.cached = result
            self.shared.counts.count(result)

    def note(
        self,
        exchange: Exchange,
        found: LookedUp,
        *,
        stored: bool = False,
        left: Seconds | None = None,
        detail: str = "",
    ) -> None:
        """Of an answer that the upstream gave."""
        if found.why is not METHOD:
            bypassed = found.why is Forward.BYPASS
            self.count(exchange, "bypass" if bypassed else "miss")
        if stored:
            said = forwarded(found.why, stored=True, left=left)
        else:
            said = _declined(found.why, detail)
        self.writer.note(exchange, said)


def _say_the_same(one: Stored, other: Stored) -> bool:
    return (one.status, one.body) == (other.status, other.body) and (
        one.lines == other.lines
        or telling(unpack(one.lines)) == telling(unpack(other.lines))
    )


@lru_cache(len(Forward) * (len(Reason) + 1))
def _declined(why: Forward, detail: str) -> bytes:
    return forwarded(why, detail=detail.encode())


_WITHOUT_LIFETIME: Final = _declined(Forward.URI_MISS, Reason.NO_LIFETIME)
