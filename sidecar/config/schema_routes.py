"""Schema of routes: what they match, and all that may be set for each of them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sidecar.config.fields import Count, Duration, Text
from sidecar.config.http_fields import (
    EditableName,
    FieldName,
    FieldValue,
    HostPattern,
    Method,
    PathPattern,
    Protocol,
)
from sidecar.config.schema_cache import Cache, Conditional
from sidecar.config.schema_policies import Compression, Selection
from sidecar.config.schema_protection import (
    Breaker,
    Concurrency,
    Hedge,
    RateLimit,
    Retry,
)
from sidecar.config.sections import Always, AnyNumber, Section, Switchable, written


class Timeouts(Section):
    """How long things may take; what takes longer is ended."""

    connect: Duration = Field(
        default=written("2s"),
        description="To connect to the upstream.",
    )
    request: Duration = Field(
        default=written("30s"),
        description="Admission to response head; queueing and retries included.",
    )
    between_bytes: Duration = Field(
        default=written("30s"),
        description="Silence of the upstream within a response body.",
    )
    client_head: Duration = Field(
        default=written("10s"),
        description="To receive a request head; only in `defaults`, for it is over"
        " before the route is known.",
    )
    client_body: Duration = Field(
        default=written("10s"),
        description="Silence of the client within a request body.",
    )
    client_idle: Duration = Field(
        default=written("75s"),
        description="Keep-alive without a request.",
    )
    write: Duration = Field(
        default=written("30s"),
        description="A client that does not read.",
    )
    tell: FieldName | None = Field(
        default=None,
        description="Field that tells the upstream how many milliseconds are left, e.g."
        " x-request-timeout-ms; a trusted proxy's own word shortens the time.",
    )


class Edit(Section):
    """Fields to write and to leave out, as the last step."""

    set: dict[EditableName, FieldValue] = Field(
        default={}, max_length=100, description="Fields and their values."
    )
    remove: tuple[EditableName, ...] = Field(
        default=(), max_length=100, description="Fields that are not passed on."
    )


class Headers(Section):
    """Changes to fields."""

    request: Always[Edit] = Field(default=Edit(), description="To the upstream.")
    response: Always[Edit] = Field(default=Edit(), description="To the client.")


class Upgrade(Section):
    """Which upgraded connections (WebSocket) are passed through, as raw tunnels."""

    protocols: tuple[Protocol, ...] = Field(
        default=("websocket",),
        description="Names of the Upgrade field; `*` is any, an empty list is off.",
    )
    idle: Duration = Field(
        default=written("10m"),
        description="Silence that ends a tunnel.",
    )
    lifetime: Duration = Field(
        default=written("24h"),
        description="Longest life of a tunnel.",
    )
    connections: Count = Field(default=1000, description="Open tunnels of the route.")
    origins: tuple[Text, ...] = Field(
        default=(), description="Allowed values of the Origin field; empty: any."
    )


def _none_without_protocols(value: object) -> object:
    if isinstance(value, dict) and value.get("protocols", True) in ([], ()):
        rest = {k: v for k, v in value.items() if k != "protocols"}
        Upgrade.model_validate(rest)  # mistakes in what is switched off still count
        return None
    return value


class Policies(Section):
    """What a route may set; `defaults` sets it for all of them."""

    timeouts: Always[Timeouts] = Field(
        default=Timeouts(), description="How long things may take."
    )
    compression: Switchable[Compression] = Field(
        default=Compression(), description="Compressed responses."
    )
    conditional: Switchable[Conditional] = Field(
        default=Conditional(), description="ETag and 304."
    )
    cache: Switchable[Cache] = Field(default=Cache(), description="Stored responses.")
    rate_limit: AnyNumber[RateLimit] = Field(
        default=(), description="One or several limits; each must pass."
    )
    breaker: Switchable[Breaker] = Field(
        default=Breaker(), description="The circuit breaker."
    )
    concurrency: Switchable[Concurrency] = Field(
        default=None, description="Bounded concurrency."
    )
    priority: Literal["high", "normal", "low"] = Field(
        default="normal", description="Whose turn it is first where requests wait."
    )
    retry: Switchable[Retry] = Field(default=Retry(), description="Repeated requests.")
    hedge: Switchable[Hedge] = Field(default=None, description="Second requests.")
    fields: Switchable[Selection] = Field(
        default=None, description="JSON field selection."
    )
    headers: Always[Headers] = Field(
        default=Headers(), description="Changes to fields."
    )
    slow: Duration = Field(
        default=written("1s"),
        description="Slower requests go to the slow log.",
    )
    upgrade: Annotated[
        Switchable[Upgrade], BeforeValidator(_none_without_protocols)
    ] = Field(default=Upgrade(), description="Upgraded connections.")


NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
"""Bounded and plain: names are labels of metrics."""


class Match(Section):
    """What a request must be like; all that is given must fit."""

    path: PathPattern | None = Field(
        default=None,
        description="`*` is one segment, `**` any number, `{name}` one with a name.",
    )
    methods: tuple[Method, ...] | None = Field(
        default=None, min_length=1, description="Methods, e.g. [GET, HEAD]; null: all."
    )
    host: HostPattern | None = Field(
        default=None, description="A name, or *.name for all below it; null: any."
    )
    headers: dict[FieldName, FieldValue] = Field(
        default={}, description="Fields and their values; `*`: the field is there."
    )


class Route(Policies):
    """Requests that are treated alike. The first route that matches wins."""

    name: Annotated[Text, Field(pattern=NAME, max_length=64)] = Field(
        description="Names it in logs and metrics."
    )
    match: Always[Match] = Field(
        default=Match(), description="Which requests it is for."
    )
    upstream: Text | None = Field(
        default=None,
        description="Which upstream is asked; null: `default`, or the only one.",
    )
