"""/metrics as Prometheus' own parsers read it, and as the documentation lists it."""

import asyncio
import os

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as text_families

from sidecar.policy.pressure import Pressure
from sidecar.telemetry.exposition import BATCH, render, rendered
from sidecar.telemetry.families import FAMILIES
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.readings import (
    Sources,
    counted,
    operations,
    pressed,
    shared,
    tier,
)
from sidecar.telemetry.throttling import Throttling
from sidecar.units import Timestamp
from tests.telemetry.exchanges import finished, lasting

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
READERS = pytest.mark.parametrize(
    ("accept", "families"),
    [("", text_families), (PROMETHEUS, openmetrics_families)],
    ids=["text", "openmetrics"],
)

SOURCES = Sources(
    active_connections=lambda: 3,
    connections=lambda: 40,
    refused=lambda: {"total": 2},
    upstreams=lambda: {"default": {"idle": 4, "active": 1}},
    access_log_dropped=lambda: 7,
    loop_lag=lambda: Lag(max=0.012, p99=0.003),
)


async def snapshot(metrics=None, sources=SOURCES):
    if metrics is None:
        metrics = Metrics()
        products = metrics.route("products")
        products.in_flight = 2
        products.lightness.coded(b"br", 100, 10)
        products.lightness.skipped("small")
        metrics.lightness.refined(b"br", 100, 80)
        metrics.observe(lasting(0.02, connect=0.001, queue=0.0002))
        metrics.observe(lasting(0.3, status=504, error="upstream_timeout", sent=50))
        metrics.observe(lasting(0.02, received=12))
    host = [
        Operation(Timestamp(1000.0), restarts={"exit": 1}, reloads={"success": 1}).rows,
        Processes(lambda: {"1": os.getpid()}, version="1.2.3").rows,
        lambda: shared([("full", 1)], 2),
        lambda: tier("memory", (1, 2), {"evicted": 3}),
        lambda: operations({("memory", "get", "hit"): 4}),
        lambda: Throttling(periods=10, throttled=2, seconds=0.5).rows(),
    ]
    own = [lambda: counted(metrics), lambda: pressed(Pressure()), sources.rows]
    return await Gathering(alone(own), host)()


async def samples(accept, families, found=None):
    content, _ = render(found or await snapshot(), accept)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("text/plain", TEXT),
        ("*/*", TEXT),
        ("\xff;;q=x", TEXT),
        (PROMETHEUS, OPEN),
        (PROMETHEUS_3, OPEN),
        ("text/plain, application/openmetrics-text;q=0.1", TEXT),
        ("application/openmetrics-text; version=1.0.0", OPEN),
    ],
)
async def test_the_format_is_the_one_asked_for(accept, content_type):
    content, found = render({}, accept)
    assert found == content_type
    assert content.endswith(b"# EOF\n") is (content_type == OPEN)
    assert await rendered({}, accept) == (content, content_type)


async def test_the_loop_turns_while_much_is_written():
    metrics = Metrics()
    for number in range(10 * BATCH):
        metrics.route(f"route-{number}")
    many = await snapshot(metrics)
    turns = 0
    writing = asyncio.create_task(rendered(many, ""))
    while not writing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 10
    assert await writing == render(many, "")


ROUTE = ("route", "products")
OK_GET = (("method", "GET"), ROUTE, ("status_code", "200"))


@READERS
@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("http_request_duration_seconds_count", OK_GET, 2),
        ("http_request_duration_seconds_bucket", (("le", "0.01"), *OK_GET), 0),
        ("http_request_duration_seconds_bucket", (("le", "0.025"), *OK_GET), 2),
        ("http_request_duration_seconds_bucket", (("le", "+Inf"), *OK_GET), 2),
        ("http_requests_in_flight", (ROUTE,), 2),
        ("sidecar_overhead_seconds_count", (ROUTE,), 1),
        ("sidecar_request_bytes_total", (ROUTE,), 12),
        ("sidecar_response_bytes_total", (ROUTE,), 2050),
        ("sidecar_errors_total", (("code", "upstream_timeout"), ROUTE), 1),
        ("active_connections", (), 3),
        ("sidecar_connections_total", (), 40),
        ("sidecar_connections_refused_total", (("reason", "total"),), 2),
        ("sidecar_access_log_dropped_total", (), 7),
        ("sidecar_event_loop_lag_seconds", (), 0.012),
        ("sidecar_workers", (), 1),
        ("sidecar_build_info", (("version", "1.2.3"),), 1),
    ],
)
async def test_sample(accept, families, name, labels, value):
    assert (await samples(accept, families))[name, labels] == value


@READERS
async def test_each_phase_and_state_of_an_upstream(accept, families):
    found = await samples(accept, families)
    phases = {
        dict(labels)["phase"]: value
        for (name, labels), value in found.items()
        if name == "sidecar_upstream_duration_seconds_count"
    }
    states = {
        dict(labels)["state"]: value
        for (name, labels), value in found.items()
        if name == "sidecar_upstream_connections"
    }
    assert phases == {"queue": 3, "connect": 1, "first_byte": 3, "body": 3}
    assert states == {"idle": 4, "active": 1}


@READERS
async def test_this_process_is_described(accept, families):
    found = await samples(accept, families)
    for name in ("resident_memory_bytes", "open_fds", "start_time_seconds"):
        assert found[f"process_{name}", ()] > 0


@READERS
async def test_nothing_counted_yet_is_valid_too(accept, families):
    empty = await snapshot(Metrics(), Sources())
    assert (await samples(accept, families, empty))["active_connections", ()] == 0


@READERS
async def test_names_that_need_escaping_survive(accept, families):
    odd = 'a"b\\c\nd'
    metrics = Metrics()
    metrics.observe(finished(route=odd))
    found = await samples(accept, families, await snapshot(metrics))
    assert found["http_requests_in_flight", (("route", odd),)] == 0


def declared():
    return {
        family.name: (family.kind.value, frozenset(family.labels))
        for family in FAMILIES
    }


@READERS
async def test_every_family_has_a_sample_and_a_type(accept, families):
    content, _ = render(await snapshot(), accept)
    found = {
        family.name.removesuffix("_total"): family.type
        for family in families(content.decode())
        if family.samples
    }
    declared_here = {
        family.name.removesuffix("_total"): family.kind.value for family in FAMILIES
    }
    # Those have samples where a route has the feature (tests/server/test_protection.py,
    # tests/proxy/test_remembered.py).
    of_features = {
        "sidecar_breaker_state",
        "sidecar_breaker_transitions",
        "sidecar_compression_remembered",
        "sidecar_rate_limit",
        "sidecar_retries",
        "sidecar_shed",
    }
    assert {
        name: kind for name, kind in declared_here.items() if name not in of_features
    } == {name: kind for name, kind in found.items() if name not in of_features}


async def test_counters_never_fall():
    metrics = Metrics()
    before: dict = {}
    for number in range(5):
        metrics.observe(lasting(number / 10, status=200 + number, sent=number))
        now = await samples("", text_families, await snapshot(metrics))
        risen = {
            key: value
            for key, value in now.items()
            if key[0].endswith(("_total", "_count", "_bucket", "_sum"))
        }
        assert all(risen[key] >= value for key, value in before.items())
        before = risen
