"""Schema of the cache, and of validators made for responses without one."""

from typing import Annotated, Literal

from pydantic import Field

from sidecar.config.fields import (
    Duration,
    Mode,
    Ratio,
    Size,
    Status,
    Switch,
    Text,
)
from sidecar.config.http_fields import FieldName
from sidecar.config.sections import (
    BY_SHAPE,
    LIST,
    MAPPING,
    VALUE,
    Always,
    Section,
    written,
)


class Except(Section):
    """All query parameters but some."""

    names: tuple[Text, ...] = Field(
        alias="except", description="Parameters that do not count."
    )


Query = Annotated[
    Annotated[Literal["all", "none"], VALUE]
    | Annotated[tuple[Text, ...], LIST]
    | Annotated[Except, MAPPING],
    BY_SHAPE,
]


class CacheKey(Section):
    """What tells stored responses of one path apart."""

    query: Query = Field(
        default="all",
        description="Query parameters that count: all, none, a list of names, or"
        " {except: names}.",
    )
    headers: tuple[FieldName, ...] = Field(default=(), description="Fields that count.")
    cookies: tuple[Text, ...] = Field(default=(), description="Cookies that count.")
    by_identity: Switch = Field(
        default=False,
        description="Each user has their own, as far as `identity` proves who they"
        " are: by a token, or by what a trusted proxy says.",
    )


class Cache(Section):
    """Store responses and answer with them while they are fresh (RFC 9111)."""

    mode: Mode = Field(
        default="enforce", description="observe: decide and count, change nothing."
    )
    ttl: Duration | None = Field(
        default=None, description="Fresh lifetime where the origin says nothing."
    )
    override: Switch = Field(
        default=False,
        description="`ttl` instead of what the origin says; private, no-store,"
        " Set-Cookie and Authorization still win.",
    )
    statuses: tuple[Status, ...] = Field(
        default=(200, 203, 204, 300, 301, 308, 404, 410),
        description="Statuses that `ttl` applies to.",
    )
    heuristic: Switch = Field(
        default=False,
        description="Where nobody says how long: a tenth of the time since"
        " Last-Modified, at most a day.",
    )
    errors: Switch = Field(
        default=False,
        description="Store 400 and 5xx, too, where the origin says for how long.",
    )
    negative_ttl: Duration | None = Field(
        default=None, description="`ttl` for 404 and 410."
    )
    stale_while_revalidate: Duration | None = Field(
        default=None, description="Where the origin's Cache-Control does not say."
    )
    stale_if_error: Duration | None = Field(
        default=None, description="Where the origin's Cache-Control does not say."
    )
    max_size: Size = Field(
        default=written("4MiB"),
        description="Largest stored body.",
    )
    jitter: Ratio = Field(
        default=written("5%"),
        description="Of the lifetime, so that what was filled together does not expire"
        " together.",
    )
    collapse: Switch = Field(
        default=True, description="One fetch for concurrent requests of one key."
    )
    early_refresh: Switch = Field(
        default=True, description="Refresh popular entries shortly before they expire."
    )
    key: Always[CacheKey] = Field(
        default=CacheKey(), description="What tells stored responses apart."
    )
    ignore_client_no_cache: Switch = Field(
        default=False, description="A client cannot force a fetch."
    )
    tags: tuple[Text, ...] = Field(
        default=(),
        description="Names to purge by; the origin adds its own in Surrogate-Key,"
        " Cache-Tag, xkey and Cache-Groups.",
    )
    invalidates: tuple[Text, ...] = Field(
        default=(),
        description="What a successful unsafe request makes stale: paths and"
        " `tag:NAME`.",
    )
    debug: Switch = Field(
        default=True, description="Cache-Status (RFC 9211) on responses."
    )


class Conditional(Section):
    """Answer 304 where the client has the response already."""

    etag: Switch = Field(
        default=True, description="Make a validator where the origin sends none."
    )
    max_size: Size = Field(
        default=written("1MiB"),
        description="Responses above are streamed without.",
    )
