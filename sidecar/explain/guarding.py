"""Guarding: what a request is charged to, what refuses it, how long it may take."""

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.config import policies
from sidecar.config.quantities import duration_text
from sidecar.config.schema import Config
from sidecar.config.schema_protection import Concurrency, RateLimit
from sidecar.config.schema_routes import Route
from sidecar.explain.asked import Asked
from sidecar.explain.user import User
from sidecar.policy.retry import is_idempotent


@dataclass(frozen=True, slots=True)
class Charge:
    """One rate limit. `by`: what its counts are kept by, for this request."""

    name: str
    rate: str
    burst: int
    by: str
    cost: str
    mode: str
    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """`of`: whose they are. `queue` is None where nobody waits."""

    of: str
    max: int
    queue: int | None
    mode: str


@dataclass(frozen=True, slots=True)
class Breaker:
    """`name`: as in metrics and on the admin listener, which knows its state."""

    name: str
    mode: str


@dataclass(frozen=True, slots=True)
class Guarding:
    """repeats: how often the upstream is asked at most, less where the budget is spent.
    longest: until the response head, with queueing and repeats. upgrade: the protocol
    that would be passed on.
    """

    charges: tuple[Charge, ...]
    breaker: Breaker | None
    places: tuple[Places, ...]
    repeats: int
    longest: str
    upgrade: str | None


def guarding(config: Config, section: Route, asked: Asked, user: User) -> Guarding:
    request = asked.request
    breaker, upgrade = section.breaker, section.upgrade
    protocols = () if upgrade is None else upgrade.protocols
    wanted = (request.upgrade or b"").decode("latin-1")
    retry = section.retry
    repeated = retry is not None and is_idempotent(request)
    return Guarding(
        charges=tuple(
            _charge(policies.limit_name(config, section, index), limit, asked, user)
            for index, limit in enumerate(section.rate_limit)
        ),
        breaker=None
        if breaker is None
        else Breaker(policies.breaker_name(config, section), breaker.mode),
        places=tuple(_places(config, section)),
        repeats=retry.attempts if retry is not None and repeated else 1,
        longest=duration_text(section.timeouts.request),
        upgrade=wanted if wanted and {wanted, "*"}.intersection(protocols) else None,
    )


def _charge(name: str, limit: RateLimit, asked: Asked, user: User) -> Charge:
    return Charge(
        name=name,
        rate=str(limit.rate),
        burst=limit.burst or limit.rate.count,
        by=_by(limit.by, asked, user),
        cost=limit.cost,
        mode=limit.mode,
        tiers=tuple(f"{tier}: {rate}" for tier, rate in limit.tiers.items()),
    )


def _by(by: str, asked: Asked, user: User) -> str:
    if by == "identity":
        if user.field is None:
            return f"address {user.address}"
        known = f"{user.kind} {user.field}"
        claimed = user.proven is False
        return f"{known} and address {user.address}" if claimed else known
    if by == "ip":
        return f"address {user.address}"
    if by == "route":
        return by
    field = by.partition(":")[2].lower()
    if field.encode() not in asked.request.values:
        return f"address {user.address}"
    told = f"header {field}"
    return told if asked.trusted else f"{told} and address {user.address}"


def _places(config: Config, section: Route) -> Iterator[Places]:
    upstream = section.upstream or ""
    if section.concurrency is not None:
        yield _place(f"route {section.name}", section.concurrency)
    whole = config.upstreams[upstream].concurrency
    if whole is not None:
        yield _place(f"upstream {upstream}", whole)


def _place(of: str, section: Concurrency) -> Places:
    queue = None if section.queue is None else section.queue.size
    return Places(of, section.max, queue, section.mode)
