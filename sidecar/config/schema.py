"""Schema: the configuration file as types. The only place where defaults stand.

The reference in docs/ and the JSON Schema are generated from these models, so a
field's description is its documentation. `Config` is also what `load` returns:
then `routes` are complete, with `defaults` merged in, and end with `default`.
"""

from typing import Annotated, Literal

from pydantic import Field

from sidecar.config.fields import Cidr, ListenAddress, Workers
from sidecar.config.schema_identity import IdentityIp, IdentitySource
from sidecar.config.schema_process import (
    Admin,
    Alerts,
    Health,
    Limits,
    Memory,
    Shutdown,
    Telemetry,
    Tls,
)
from sidecar.config.schema_routes import NAME, Policies, Route
from sidecar.config.schema_upstreams import Store, Upstream
from sidecar.config.sections import Always, OneOrMore, Section, Switchable, written

DEFAULT = "default"
"""The name of the last route, and of the upstream that routes ask unless told."""

MAX_ROUTES = 20_000
"""The last route is there besides. Beyond the first thousand, metrics say `other`."""

UpstreamName = Annotated[str, Field(pattern=NAME, max_length=64)]


class Config(Section):
    """One file configures the sidecar."""

    listen: OneOrMore[ListenAddress] = Field(
        default=written("0.0.0.0:8080"),
        description="Where clients connect: host:port, [::]:8080, :8080 or unix:/path;"
        " one or a list.",
    )
    tls: Switchable[Tls] = Field(
        default=None,
        description="Terminate TLS here; reloaded when the files change.",
    )
    engine: Literal["express", "aiohttp"] = Field(
        default="express",
        description="The front door: our own protocol, or aiohttp's, which does the"
        " same for more CPU.",
    )
    workers: Workers = Field(
        default=1,
        description="Processes; auto: the CPU limit, rounded up, at most 8.",
    )
    trusted_proxies: tuple[Cidr, ...] = Field(
        default=(),
        description="Networks whose X-Forwarded-*, Forwarded and X-Request-Id are"
        " believed; `unix:` is who connects by a unix socket.",
    )
    shutdown: Always[Shutdown] = Field(
        default=Shutdown(), description="What happens after SIGTERM."
    )
    health: Always[Health] = Field(default=Health(), description="The health listener.")
    admin: Always[Admin] = Field(default=Admin(), description="The admin listener.")
    limits: Always[Limits] = Field(
        default=Limits(), description="What a client may send."
    )
    upstreams: dict[UpstreamName, Always[Upstream]] = Field(
        default={DEFAULT: Upstream()},
        min_length=1,
        description="The applications, by name.",
    )
    store: Always[Store] = Field(
        default=Store(), description="Where shared state lives."
    )
    identity: tuple[IdentitySource, ...] = Field(
        default=(IdentitySource(ip=IdentityIp()),),
        description="Who the user is; the first that is there wins.",
    )
    defaults: Always[Policies] = Field(
        default=Policies(), description="What every route has unless it says otherwise."
    )
    routes: tuple[Route, ...] = Field(
        default=(),
        max_length=MAX_ROUTES + 1,
        description="In order; the first that matches wins.",
    )
    telemetry: Always[Telemetry] = Field(
        default=Telemetry(), description="What can be seen from outside."
    )
    alerts: Switchable[Alerts] = Field(
        default=Alerts(), description="Messages to people."
    )
    memory: Switchable[Memory] = Field(
        default=Memory(), description="When a worker is replaced."
    )
