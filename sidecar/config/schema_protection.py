"""Schema of what protects: each may be set for every route."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sidecar.config.fields import (
    Count,
    Duration,
    Mode,
    PercentileOrDuration,
    RateValue,
    Ratio,
    Status,
    Switch,
    Text,
    Whole,
    status_range,
)
from sidecar.config.http_fields import MediaType
from sidecar.config.sections import Section, Switchable, written

By = Annotated[
    str,
    StringConstraints(pattern=r"^(identity|ip|route|header:[A-Za-z0-9-]{1,128})$"),
]


LimitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class RateLimit(Section):
    """How many requests one client may send; the surplus is answered with 429."""

    name: LimitName | None = Field(
        default=None,
        description="In the fields of responses; limits of one name share their"
        " counts. null: the route's.",
    )
    rate: RateValue = Field(description="Sustained rate, e.g. 100/15m.")
    burst: Count | None = Field(
        default=None, description="Requests at once; null: as many as the rate counts."
    )
    by: By = Field(
        default="identity",
        description="What tells clients apart: identity, ip, header:NAME or route.",
    )
    tiers: dict[Text, RateValue] = Field(
        default={}, description="Other rates, by the identity's tier."
    )
    per_address: Count = Field(
        default=1,
        description="API keys and cookies are only claimed, so all that one address"
        " sends with them counts together, too: up to so many times the rate.",
    )
    cost: Literal["request", "miss", "time"] = Field(
        default="request",
        description="What one request takes: 1; miss: answers from the cache are free;"
        " time: the seconds that the upstream took.",
    )
    headers: Literal["draft", "legacy", "off"] = Field(
        default="draft", description="Which RateLimit fields responses carry."
    )
    on_store_failure: Literal["local", "open", "closed"] = Field(
        default="local", description="Count here alone, let through, or refuse."
    )
    mode: Mode = Field(default="enforce", description="observe: count, refuse nobody.")


class SlowCall(Section):
    """Slow answers count as failures of the upstream."""

    duration: Duration = Field(description="An answer is slow above this.")
    rate: Ratio = Field(description="Share of slow answers that opens the circuit.")


class Fallback(Section):
    """The answer while the circuit is open; below 400 for safe methods only."""

    status: Status = Field(default=200, description="Its status.")
    content_type: MediaType = Field(
        default="application/json", description="Its media type."
    )
    body: str = Field(default="{}", max_length=65_536, description="Its content.")


Failure = Annotated[
    str,
    StringConstraints(pattern=r"^(connect|timeout|reset|[45]\d\d(-[45]\d\d)?)$"),
    AfterValidator(status_range),
]


class Breaker(Section):
    """Stop asking an upstream that fails."""

    failure_rate: Ratio = Field(
        default=written("50%"),
        description="Of the window's requests.",
    )
    slow_call: Switchable[SlowCall] = Field(
        default=None, description="Whether slow answers count."
    )
    min_requests: Count = Field(
        default=20, description="Fewer in the window decide nothing."
    )
    window: Duration = Field(
        default=written("30s"),
        description="Time that is looked back on.",
    )
    open_for: Duration = Field(
        default=written("30s"),
        description="Doubles with each relapse, up to `max_open`.",
    )
    max_open: Duration = Field(
        default=written("5m"),
        description="Longest open time.",
    )
    probes: Count = Field(
        default=3,
        description="Half-open: requests let through at once; as many successes close"
        " it.",
    )
    counts: tuple[Failure, ...] = Field(
        default=("connect", "timeout", "reset", "500-599"),
        description="What is a failure.",
    )
    fallback: Switchable[Fallback] = Field(
        default=None, description="An answer of our own; stale content comes before it."
    )
    mode: Mode = Field(
        default="enforce", description="observe: never open, but by hand."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Breaker":
        if self.open_for > self.max_open:
            raise ValueError("open_for is longer than max_open, the longest open time")
        return self


class Queue(Section):
    """Where requests wait for their turn."""

    size: Count = Field(default=100, description="Most that wait.")
    timeout: Duration = Field(
        default=written("5s"),
        description="Longest wait.",
    )
    shed: Switch = Field(
        default=True,
        description="Send some away once no place was free for 100 ms; false: they"
        " wait for `timeout`, as suits what takes long.",
    )


class Concurrency(Section):
    """How many requests may be at the upstream at once."""

    max: Count = Field(description="At once.")
    adaptive: Switch = Field(
        default=False, description="Find the limit below `max` from latencies."
    )
    per_user: Count | None = Field(
        default=None, description="Of one identity at once; more are answered with 429."
    )
    queue: Switchable[Queue] = Field(default=Queue(), description="Who waits.")
    mode: Mode = Field(default="enforce", description="observe: count, refuse nobody.")


class Retry(Section):
    """Ask again: idempotent requests of which the client has seen nothing yet."""

    attempts: Whole = Field(default=2, ge=1, le=10, description="In all.")
    on: tuple[Literal["connect", "reset", "timeout"], ...] = Field(
        default=("connect", "reset"), description="After which failures."
    )
    statuses: tuple[Status, ...] = Field(
        default=(), description="After which statuses, e.g. 503."
    )
    backoff: Duration = Field(
        default=written("25ms"),
        description="First wait; then it grows.",
    )
    budget: Ratio = Field(
        default=written("20%"),
        description="Of all requests.",
    )


class Hedge(Section):
    """Ask a second endpoint when the first is late: GET and HEAD."""

    after: PercentileOrDuration = Field(
        default="p95", description="A percentile of latencies, or a duration."
    )
    budget: Ratio = Field(
        default=written("5%"),
        description="Of all requests.",
    )
