"""Schema of the process: listeners, limits, shutdown and what can be seen of it."""

from typing import Literal

from pydantic import Field

from sidecar.config.fields import (
    AutoOrCount,
    Count,
    Duration,
    DurationOrZero,
    ListenAddress,
    Ratio,
    Secret,
    Size,
    Switch,
    Text,
)
from sidecar.config.http_fields import FieldName
from sidecar.config.sections import Section, Switchable, written


class Tls(Section):
    """Terminate TLS on the data port."""

    cert: Text = Field(description="File of the certificate chain, PEM.")
    key: Text = Field(description="File of the private key, PEM.")


class Shutdown(Section):
    """What happens after SIGTERM."""

    grace: DurationOrZero = Field(
        default=written("3s"),
        description="Keep accepting for so long while not ready.",
    )
    timeout: Duration = Field(
        default=written("30s"),
        description="Then finish what is in flight, at most this long.",
    )


class Health(Section):
    """The health listener: /startupz /livez /readyz /healthz /metrics, GET only."""

    listen: ListenAddress = Field(
        default=written("127.0.0.1:9901"),
        description="Where probes and Prometheus ask.",
    )
    readiness: Literal["first-contact", "follow", "proxy-only"] = Field(
        default="first-contact",
        description="What readiness has to do with the upstream: ready after its first"
        " contact, ready while it answers, or never asked.",
    )


class Admin(Section):
    """The admin listener: statistics, configuration and what changes them."""

    listen: ListenAddress = Field(
        default=written("127.0.0.1:9902"),
        description="Where operators ask; never the data port.",
    )
    token: Secret | None = Field(
        default=None,
        description="Bearer token, or `file:` and the path of a file with it; required"
        " off loopback, checked whenever set.",
    )
    hosts: tuple[Text, ...] = Field(
        default=(), description="Further Host names that it answers to."
    )


class Limits(Section):
    """What a client may send; the status is the answer to more."""

    head: Size = Field(
        default=written("32KiB"),
        description="Request line and fields together (431).",
    )
    field: Size = Field(
        default=written("16KiB"),
        description="One field line (431).",
    )
    fields: Count = Field(default=100, description="Number of fields (431).")
    target: Size = Field(
        default=written("8KiB"),
        description="Request target (414).",
    )
    body: Size | None = Field(
        default=None, description="Request body, e.g. 10MiB (413); null: any."
    )
    connections: AutoOrCount = Field(
        default="auto",
        description="Open client connections; auto: from the file descriptor limit.",
    )
    connections_per_ip: Count | None = Field(
        default=None, description="Open connections of one address; null: any."
    )


class AccessLog(Section):
    """One line for each request."""

    format: Literal["json", "combined", "off"] = Field(
        default="json", description="Form of a line; off writes none."
    )
    sample: Ratio = Field(
        default=written("100%"),
        description="Share of requests that are logged.",
    )
    redact: tuple[FieldName, ...] = Field(
        default=("authorization", "cookie", "set-cookie", "x-api-key"),
        description="Fields whose values never reach the log.",
    )


class Tracing(Section):
    """Spans, sent as OTLP over HTTP."""

    otlp: Text = Field(description="The collector, e.g. http://collector:4318.")
    sample: Ratio = Field(
        default=written("10%"),
        description="Share of traces that begin here and are kept.",
    )


class Telemetry(Section):
    """What can be seen from outside."""

    access_log: Switchable[AccessLog] = Field(
        default=AccessLog(), description="The access log."
    )
    service: Text | None = Field(
        default=None, description="The name in logs, traces and alerts."
    )
    tracing: Switchable[Tracing] = Field(
        default=None, description="Distributed traces."
    )
    sentry: Secret | None = Field(
        default=None, description="DSN that unexpected errors are reported to."
    )


class Webhook(Section):
    """Where alerts are sent."""

    url: Secret = Field(description="The address; may hold a secret.")
    format: Literal["json", "slack", "alertmanager"] = Field(
        default="json", description="Form of the message."
    )


class Rules(Section):
    """What raises an alert."""

    memory: Ratio = Field(
        default=written("90%"),
        description="Memory used, of the limit.",
    )
    loop_lag: Duration = Field(
        default=written("100ms"),
        description="Lag of a worker's loop.",
    )
    slow_rate: Ratio = Field(
        default=written("10%"),
        description="Share of slow requests.",
    )
    error_rate: Ratio = Field(
        default=written("5%"),
        description="Share of failed requests.",
    )
    pool_exhausted: Switch = Field(
        default=True, description="No upstream connection became free in time."
    )
    breaker_open: Switch = Field(default=True, description="A circuit opened.")


class Alerts(Section):
    """Messages to people who do not watch metrics."""

    webhooks: tuple[Webhook, ...] = Field(default=(), description="Who is told.")
    rules: Switchable[Rules] = Field(default=Rules(), description="What is told.")


class Memory(Section):
    """A worker near its limit evicts, then stores nothing, and is replaced."""

    limit: Size | None = Field(
        default=None,
        description="Of each worker, files and shared memory left out; null: a"
        " worker's part of the cgroup's limit.",
    )
    recycle: Switch = Field(
        default=True,
        description="Above 95 % a worker is drained and replaced, where there is"
        " another. Above 98 % connections are refused.",
    )
