"""Quotas: which buckets a request is charged to, by whom it is from.

A claim that nobody verified never raises a limit: who counts by an API key or a cookie
counts on its address as well, where all claims of that address share a bucket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from sidecar.policy.identity import Asks, Digest, Identity
from sidecar.policy.rate_limit import Charge, Limit


class By(Enum):
    """What tells clients apart."""

    IDENTITY = auto()
    IP = auto()
    ROUTE = auto()
    FIELD = auto()


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of the file.

    `name` is that of the field for `By.FIELD`, in lower case. `tiers` are for verified
    identities, `address` for all unverified ones of an address together.
    """

    limit: Limit
    by: By = By.IDENTITY
    name: bytes = b""
    tiers: Mapping[str, Limit] = field(default_factory=dict)
    address: Limit | None = None

    def charges(
        self, asks: Asks, who: Identity, address: Identity, digest: Digest, cost: float
    ) -> list[Charge]:
        """The user's own bucket first."""
        limit, by = self.limit, self.by
        if by is By.IDENTITY:
            limit = self.of(who)
            charges = [Charge(limit.key + who.key, limit, cost)]
            return charges if who.verified else [*charges, *self._shared(address, cost)]
        if by is By.IP:
            return [Charge(limit.key + address.key, limit, cost)]
        if by is By.ROUTE:
            return [Charge(limit.key, limit, cost)]
        value = asks.request.values.get(self.name)
        if value is None:
            return [Charge(limit.key + address.key, limit, cost)]
        charges = [Charge(limit.key + digest(b"field", value), limit, cost)]
        return charges if asks.trusted else [*charges, *self._shared(address, cost)]

    def of(self, who: Identity) -> Limit:
        """What one identity may spend."""
        if who.tier is None or not self.tiers:
            return self.limit
        return self.tiers.get(who.tier, self.limit)

    def _shared(self, address: Identity, cost: float) -> list[Charge]:
        limit = self.address
        return [] if limit is None else [Charge(limit.key + address.key, limit, cost)]
