"""Schema of what stands behind us: upstreams, and the store for what they said."""

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from sidecar.config.fields import (
    Count,
    Duration,
    EndpointUrl,
    Secret,
    Size,
    Switch,
    Text,
    status_range,
)
from sidecar.config.http_fields import UpstreamHost
from sidecar.config.schema_protection import Concurrency
from sidecar.config.sections import Always, OneOrMore, Section, Switchable, written

DEFAULT_URL = "http://127.0.0.1:3000"


class UpstreamTls(Section):
    """How an https upstream is spoken to."""

    verify: Switch = Field(
        default=True, description="Check the certificate and its name."
    )
    ca: Text | None = Field(
        default=None, description="File of trusted certificates; null: the system's."
    )
    server_name: Text | None = Field(
        default=None, description="Name to ask for and to check; null: the URL's host."
    )
    cert: Text | None = Field(
        default=None, description="File of our own certificate, for mutual TLS."
    )
    key: Text | None = Field(default=None, description="File of its private key.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> "UpstreamTls":
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key are given together")
        return self


StatusRange = Annotated[
    str,
    StringConstraints(pattern=r"^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"),
    AfterValidator(status_range),
]


# The length stands apart: Helm's expressions repeat at most 1,000 times.
Target = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=1025)]


class UpstreamHealth(Section):
    """Ask each endpoint for a path, and leave out those that do not answer well."""

    path: Target = Field(default="/healthz", description="What is asked for, with GET.")
    interval: Duration = Field(
        default=written("5s"),
        description="Time between two questions.",
    )
    timeout: Duration = Field(
        default=written("1s"),
        description="Longest wait for an answer.",
    )
    healthy: Count = Field(default=2, description="Good answers that bring it back.")
    unhealthy: Count = Field(default=3, description="Bad answers that take it out.")
    status: StatusRange = Field(default="200-399", description="What a good answer is.")


class Upstream(Section):
    """An application, at one or several endpoints that are alike."""

    url: OneOrMore[EndpointUrl] = Field(
        default=written(DEFAULT_URL),
        description="Where it listens: http, https or unix:/path; one or a list.",
    )
    balance: Literal["least_requests", "round_robin"] = Field(
        default="least_requests",
        description="Which endpoint is asked: the less busy one of two taken at random,"
        " or each in turn.",
    )
    connections: Count = Field(
        default=256, description="Open connections to one endpoint."
    )
    keepalive: Duration = Field(
        default=written("4s"),
        description="Idle time after which we close a pooled connection; keep it below"
        " the application's own.",
    )
    max_age: Duration = Field(
        default=written("5m"),
        description="A connection older than this is not used again.",
    )
    max_wait: Duration | None = Field(
        default=None,
        description="Longest wait for a free connection; null: what is left of the"
        " request's time.",
    )
    tls: Always[UpstreamTls] = Field(
        default=UpstreamTls(), description="For https endpoints."
    )
    host: UpstreamHost = Field(
        default="preserve",
        description="The Host it sees: preserve (the client's), upstream (the"
        " endpoint's), or a fixed name.",
    )
    concurrency: Switchable[Concurrency] = Field(
        default=None,
        description="How many requests may be there at once, of all routes.",
    )
    health: Switchable[UpstreamHealth] = Field(
        default=None, description="Active health checks."
    )


class Disk(Section):
    """Second level: shared by workers, survives a restart."""

    path: Text = Field(description="A folder that belongs to the sidecar.")
    size: Size = Field(
        default=written("1GiB"),
        description="Most bytes it may take.",
    )


_STORES = frozenset(
    [
        *("redis", "rediss", "unix"),
        *("redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"),
    ]
)


_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\s]+)(:[0-9]{1,5})?", re.ASCII)


def _of_a_store(url: SecretStr) -> SecretStr:
    """Whether the URL is one of a store's; its parts are told to nobody."""
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme not in _STORES or not rest:
        raise ValueError(
            "must begin with redis://, rediss://, redis+cluster://, redis+sentinel://"
            " or unix://"
        )
    for server in rest.partition("/")[0].rpartition("@")[2].split(","):
        if scheme != "unix" and not _SERVER.fullmatch(server):
            raise ValueError(
                "must name a host and its port, a number: redis://HOST:6379"
            )
    if scheme.endswith("+sentinel") and not rest.partition("/")[2]:
        raise ValueError(
            "must end in the name of the master: redis+sentinel://a,b/NAME"
        )
    return url


class Redis(Section):
    """Third level: shared by all replicas."""

    url: Annotated[Secret, AfterValidator(_of_a_store)] = Field(
        description="redis://, rediss://, redis+cluster:// or redis+sentinel://"
    )
    prefix: Text = Field(default="sidecar:", description="Begins every key.")
    timeout: Duration = Field(
        default=written("50ms"),
        description="The most that a request loses where it does not answer.",
    )
    key: Secret | None = Field(
        default=None, description="Secret that stored entries are sealed with."
    )


class Store(Section):
    """Where cached responses, counters and breaker states live."""

    memory: Size = Field(
        default=written("64MiB"),
        description="First level, one for each worker.",
    )
    disk: Switchable[Disk] = Field(default=None, description="Shared by workers.")
    redis: Switchable[Redis] = Field(default=None, description="Shared by replicas.")
