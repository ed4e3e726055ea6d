"""Remote admission: limits whose buckets are in a store elsewhere, and must be
waited for.

`admit` says nothing; `ask` is awaited at the beginning of the forwarding. Where the
store does not answer in time, the file says what holds: the counts of this host, or
everybody, or nobody. Limits that count misses, or are only watched, stay on this host.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from sidecar.policy.rate_limit import Charge, Verdict
from sidecar.policy.refused import RateLimited
from sidecar.proxy.admission import LimitedAdmission, Limits, Stage
from sidecar.proxy.exchange import Exchange
from sidecar.storage.remote import Unreachable

FAILED = "store_failed"


@dataclass(frozen=True, slots=True)
class Lost:
    """What holds without the store: of limit `closed` nobody passes, those of `local`
    count on this host, all others let pass.
    """

    closed: str | None = None
    local: Stage = field(default_factory=Stage)


class RemoteBuckets(Protocol):
    """`storage.redis_limits`; raises `Unreachable`."""

    async def spend(self, charges: Sequence[Charge], /) -> Verdict: ...
    async def settle(self, charge: Charge, /) -> None: ...


class RemoteAdmission(LimitedAdmission):
    __slots__ = ("_lost", "_remote", "_settling")

    remote = True

    def __init__(self, limits: Limits, remote: RemoteBuckets, lost: Lost) -> None:
        super().__init__(limits)
        self._remote = remote
        self._lost = lost
        self._settling: set[asyncio.Task[None]] = set()

    def admit(self, _exchange: Exchange) -> RateLimited | None:
        return None

    async def ask(self, exchange: Exchange) -> None:
        """Wait for the store's word.

        Raises:
            RateLimited
        """
        stage = self._limits.arrival
        self._watch(exchange, stage)
        charges = self._due(exchange, stage)
        if not charges:
            return
        try:
            verdict = await self._remote.spend(charges)
        except Unreachable:
            self._limits.tally.count(FAILED)
            if self._lost.closed is not None:
                raise RateLimited(self._lost.closed, retry_after=1.0) from None
            charges = self._due(exchange, self._lost.local)
            if not charges:
                return
            verdict = self._limits.buckets.spend(charges, exchange.started)
        refused = self._conclude(exchange, verdict)
        if refused is None:
            return
        try:
            raise refused
        finally:
            del refused  # which holds this frame: nothing is left to the collector

    def _settle(self, charge: Charge, exchange: Exchange) -> None:
        """Told behind the exchange's back; what is not heard there counts here."""

        async def tell() -> None:
            try:
                await self._remote.settle(charge)
            except Unreachable:
                self._limits.buckets.settle(charge, exchange.started)

        with suppress(RuntimeError):  # the loop is about to end
            task = asyncio.get_running_loop().create_task(tell())
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
