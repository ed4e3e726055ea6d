"""Limiting: identities and rate limits of a configuration, as each route uses them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sidecar.config import schema_protection as schema
from sidecar.config.policies import keyless, limit_name
from sidecar.config.quantities import Rate
from sidecar.config.schema import Config
from sidecar.config.schema_identity import IdentityIp, IdentitySource
from sidecar.config.schema_identity import Jwt as JwtSection
from sidecar.config.schema_routes import Route as RouteSection
from sidecar.policy.buckets import Buckets, LocalBuckets
from sidecar.policy.identity import (
    Addresses,
    Digest,
    Identities,
    SignedToken,
    Source,
    digest,
)
from sidecar.policy.quotas import By, Quota
from sidecar.policy.rate_limit import Limit
from sidecar.proxy.admission import LimitedAdmission, Limits
from sidecar.proxy.asker import Asker
from sidecar.proxy.clock import Clock
from sidecar.proxy.per_user import PerUser, UsersElsewhere, alone
from sidecar.proxy.phases import OPEN, Admission
from sidecar.proxy.remote_admission import RemoteAdmission, RemoteBuckets
from sidecar.proxy.single_admission import SingleAdmission, is_single
from sidecar.semantics.quota_fields import Dialect, draft, legacy, silent
from sidecar.server import stages
from sidecar.server.key_sets import KeySet
from sidecar.telemetry.metrics import Metrics

_DIALECTS: Mapping[str, Dialect] = {"draft": draft, "legacy": legacy, "off": silent}
_BY = {"identity": By.IDENTITY, "ip": By.IP, "route": By.ROUTE}


@dataclass(frozen=True, slots=True)
class Means:
    """Where buckets are, here and elsewhere, and what keys the hashes of identities."""

    buckets: Buckets
    secret: bytes = field(repr=False)
    remote: Callable[[bytes], RemoteBuckets] | None = None
    elsewhere: Callable[[bytes], UsersElsewhere] = alone


class Limiting:
    """Raises OSError or ValueError where a key for tokens cannot be used."""

    def __init__(
        self,
        config: Config,
        means: Means,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._config = config
        self._means = means
        self._metrics = metrics
        self._digest = digest(means.secret)
        self.key_sets: list[KeySet] = []
        """Keys that are to be fetched, and fetched again."""
        self.asker = Asker(self._identities(config.identity), clock.wall)

    def admission(self, section: RouteSection) -> Admission:
        concurrency = section.concurrency
        per_user = None if concurrency is None else concurrency.per_user
        if not section.rate_limit and per_user is None:
            return OPEN
        quotas = [
            (limit, self._quota(section, limit, index))
            for index, limit in enumerate(section.rate_limit)
        ]
        arrival = stages.arrival(quotas)
        dialects = [
            dialect
            for limit in section.rate_limit
            if (dialect := _DIALECTS[limit.headers]) is not silent
        ]
        users = None
        if concurrency is not None and per_user is not None:
            users = PerUser(
                per_user,
                enforced=concurrency.mode == "enforce",
                elsewhere=self._means.elsewhere(section.name.encode()),
            )
        metrics = self._metrics.route(section.name)
        limits = Limits(
            asker=self.asker,
            digest=self._digest,
            buckets=self._means.buckets,
            tally=metrics.rate_limit,
            shed=metrics.shed,
            arrival=arrival,
            miss=stages.miss(quotas),
            dialect=dialects[0] if dialects else silent,
            users=users,
        )
        first = next(iter((*arrival.enforced, *arrival.debts)), None)
        if self._means.remote is None or first is None:
            local = self._means.buckets
            if isinstance(local, LocalBuckets) and is_single(arrival):
                return SingleAdmission(limits, local)
            return LimitedAdmission(limits)
        # The buckets of one request are in one place.
        remote = self._means.remote(first.limit.name.encode("ascii"))
        return RemoteAdmission(limits, remote, stages.lost(quotas))

    def _quota(
        self, section: RouteSection, limit: schema.RateLimit, index: int
    ) -> Quota:
        name = limit_name(self._config, section, index)
        by, _, field = limit.by.partition(":")
        tells = limit.headers != "off" and limit.mode == "enforce"
        made = _limit(name, limit.rate, limit.burst, tells=tells)
        return Quota(
            made,
            By.FIELD if field else _BY[by],
            field.lower().encode("ascii"),
            {
                tier: _limit(
                    f"{name}-{_plain(tier)}", rate, None, tells=tells, tier=tier
                )
                for tier, rate in limit.tiers.items()
            },
            _of_address(made, limit.per_address),
        )

    def _identities(self, sections: Iterable[IdentitySource]) -> Identities:
        sources: list[Source] = []
        prefix = IdentityIp().v6_prefix
        for place, section in enumerate(sections):
            if section.ip is not None:
                prefix = section.ip.v6_prefix
                break  # every request has an address: nothing after it is asked
            keyed = digest(self._means.secret, place)
            sources.append(self._source(section, keyed))
        return Identities(sources, Addresses(self._digest, v6_prefix=prefix))

    def _source(self, section: IdentitySource, keyed: Digest) -> Source:
        if section.jwt is not None:
            return self._token(section.jwt, keyed)
        source = keyless(section, keyed)
        if source is None:
            raise AssertionError(section)
        return source

    def _token(self, section: JwtSection, keyed: Digest) -> SignedToken:
        from sidecar.policy.tokens import (  # noqa: PLC0415 - its libraries take their time
            Expected,
            Keys,
            Tokens,
        )

        keys = Keys()
        if section.secret is not None:
            secret = section.secret.get_secret_value()
            keys = Keys.of_secret(secret, section.algorithms)
        elif section.public_key is not None:
            pem = Path(section.public_key).read_bytes()
            keys = Keys.of_pem(pem, section.algorithms)
        else:
            url = section.jwks or ""
            self.key_sets.append(KeySet(url, section.algorithms, keys))
        expected = Expected(
            algorithms=section.algorithms,
            claim=section.claim,
            tier=section.tier,
            issuer=section.issuer,
            audience=section.audience,
            leeway=section.leeway,
        )
        tokens = Tokens(expected, keys, lambda token: keyed(b"token", token))
        return SignedToken(section.header.lower().encode(), tokens, keyed)


def _limit(
    name: str, rate: Rate, burst: int | None, *, tells: bool, tier: str = ""
) -> Limit:
    limit = Limit.of(name, rate.count, rate.period, burst, tier=tier)
    return limit if tells else replace(limit, told=None)


def _of_address(limit: Limit, times: int) -> Limit:
    """What claims of one address share: with who has none, or so many times as much."""
    name = f"{limit.name}-address"
    if times == 1:
        return replace(limit, name=name, told=None)
    return limit.times(times, name)


def _plain(tier: str) -> str:
    """A tier in the alphabet of names."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in tier)
