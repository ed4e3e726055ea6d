"""The Grafana dashboard: a table of panels, and how they are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from expressions import REQUESTS, metrics

ROUTE = '{job=~"$job",route=~"$route"}'
JOB = '{job=~"$job"}'
FAILED = f'{REQUESTS}{{job=~"$job",route=~"$route",status_code=~"5.."}}'
WIDTH, HEIGHT, PER_ROW = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    row: str
    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    about: str


def rate(metric: str, labels: str = ROUTE, by: str = "route") -> str:
    return f"sum by ({by}) (rate({metric}{labels}[$__rate_interval]))"


def quantile(share: str, metric: str, labels: str = ROUTE, by: str = "route") -> str:
    return (
        f"histogram_quantile({share}, {rate(metric + '_bucket', labels, f'{by}, le')})"
    )


PANELS = (
    Panel("Requests", "Requests", "reqps", ((rate(REQUESTS), "{{route}}"),),
          "Answered, by route."),
    Panel("Requests", "Failed", "percentunit",
          ((f"sum by (route) (rate({FAILED}[$__rate_interval])) / {rate(REQUESTS)}", "{{route}}"),),
          "The share that was answered with 5xx."),
    Panel("Requests", "Duration", "s",
          tuple((quantile(share, "http_request_duration_seconds", by="job"), name)
                for share, name in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))),
          "From the request head to the end of the response."),
    Panel("Requests", "Our own share", "s",
          tuple((quantile(share, "sidecar_overhead_seconds", by="job"), name)
                for share, name in (("0.5", "p50"), ("0.99", "p99"))),
          "What no phase at the upstream explains."),
    Panel("Requests", "In flight", "short",
          ((f"sum by (route) (http_requests_in_flight{ROUTE})", "{{route}}"),),
          "Not yet answered."),
    Panel("Requests", "Status", "reqps", ((rate(REQUESTS, by="status_code"), "{{status_code}}"),),
          "499: the client left first."),
    Panel("Upstream", "Phases, p95", "s",
          ((quantile("0.95", "sidecar_upstream_duration_seconds", JOB, "upstream, phase"),
            "{{upstream}} {{phase}}"),),
          "queue: waiting for a place or a connection. first_byte: the application thinks."),
    Panel("Upstream", "Connections", "short",
          ((f"sum by (upstream, state) (sidecar_upstream_connections{JOB})", "{{upstream}} {{state}}"),),
          "Open to the application."),
    Panel("Upstream", "Errors of our own", "reqps",
          ((rate("sidecar_errors_total", by="code"), "{{code}}"),),
          "docs/errors.md says what each code means."),
    Panel("Cache", "Answered from the cache", "percentunit",
          (('sum(rate(cache_operations_total{job=~"$job",operation="get",result=~"hit|stale|collapsed|revalidated"}[$__rate_interval]))'
            ' / sum(rate(cache_operations_total{job=~"$job",operation="get"}[$__rate_interval]))', "share"),),
          "Hits, stale answers, shared fetches and validated ones."),
    Panel("Cache", "Lookups", "reqps",
          ((rate("cache_operations_total", '{job=~"$job",operation="get"}', "result"), "{{result}}"),),
          "By what came of them."),
    Panel("Cache", "Size", "bytes", ((f"sum by (tier) (sidecar_cache_bytes{JOB})", "{{tier}}"),),
          "Of each tier."),
    Panel("Protection", "Rate limits", "reqps",
          ((rate("sidecar_rate_limit_total", by="route, decision"), "{{route}} {{decision}}"),),
          "observed: would have been refused."),
    Panel("Protection", "Breakers", "short",
          ((f"max by (breaker) (sidecar_breaker_state{JOB})", "{{breaker}}"),),
          "0 closed, 1 half-open, 2 open."),
    Panel("Protection", "Shed and repeated", "reqps",
          ((rate("sidecar_shed_total", by="reason"), "shed: {{reason}}"),
           (rate("sidecar_retries_total", JOB, "reason"), "repeated: {{reason}}")),
          "Not passed on to spare the application; sent once more."),
    Panel("Bytes", "Bodies", "Bps",
          ((rate("sidecar_response_bytes_total", by="job"), "responses"),
           (rate("sidecar_request_bytes_total", by="job"), "requests")),
          "As they were sent."),
    Panel("Bytes", "Compression", "Bps",
          ((rate("sidecar_compression_bytes_total", JOB, "coding, side"), "{{coding}} {{side}}"),),
          "Before and after, by coding."),
    Panel("Bytes", "Not modified", "reqps", ((rate("sidecar_not_modified_total"), "{{route}}"),),
          "Answered with 304."),
    Panel("Process", "Processor time", "percentunit",
          ((f"sum by (instance) (rate(process_cpu_seconds_total{JOB}[$__rate_interval]))", "{{instance}}"),
           (f"sum by (instance) (rate(sidecar_cpu_throttled_seconds_total{JOB}[$__rate_interval]))",
            "{{instance}} throttled")),
          "Of one core; throttled: kept from running by its limit."),
    Panel("Process", "Memory", "bytes",
          ((f"sum by (instance) (process_resident_memory_bytes{JOB})", "{{instance}}"),),
          "Resident; what workers share counts for each."),
    Panel("Process", "Lag of the event loop", "s",
          ((f"max by (instance) (sidecar_event_loop_lag_seconds{JOB})", "{{instance}}"),),
          "The latest within a minute; of the worst worker."),
    Panel("Process", "Pressure", "short",
          ((f"max by (instance, cause) (sidecar_pressure{JOB})", "{{instance}} {{cause}}"),
           (f"max by (instance) (sidecar_pressure_level{JOB})", "{{instance}} level")),
          "1 compression is at its fastest, 2 there is none, 3 nothing is repeated, 4 nobody waits."),
    Panel("Process", "Given up", "ops", ((rate("sidecar_given_up_total", JOB, "what"), "{{what}}"),),
          "What was done without, to keep up."),
    Panel("Process", "Connections of clients", "short",
          ((f"sum by (instance) (active_connections{JOB})", "{{instance}}"),), "Open."),
    Panel("Process", "Workers", "short",
          ((f"sum by (instance) (sidecar_workers{JOB})", "{{instance}}"),
           (f"sum by (reason) (increase(sidecar_worker_restarts_total{JOB}[$__rate_interval]))",
            "replaced: {{reason}}")),
          "And why some were replaced."),
    Panel("Process", "Configuration", "short",
          ((f"max by (instance) (sidecar_config_generation{JOB})", "{{instance}}"),
           (f"min by (instance) (sidecar_config_last_reload_successful{JOB})", "{{instance}} fine")),
          "Generation in effect; fine: the last attempt to load one succeeded."),
)  # fmt: skip


def dashboard(known: set[str]) -> dict[str, Any]:
    return {
        "uid": "sidecar",
        "title": "Sidecar",
        "tags": ["sidecar"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": list(variables())},
        "panels": list(panels(known)),
    }


def variables() -> Iterator[dict[str, Any]]:
    source = {"type": "prometheus", "uid": "${source}"}
    yield {
        "name": "source",
        "label": "Source",
        "type": "datasource",
        "query": "prometheus",
    }
    for name, metric in (
        ("job", "sidecar_build_info"),
        ("route", "http_requests_in_flight"),
    ):
        yield {"name": name, "label": name.capitalize(), "type": "query", "datasource": source,
               "query": {"query": f"label_values({metric}, {name})", "refId": name},
               "refresh": 2,
               "includeAll": True, "multi": True, "allValue": ".*",
               "current": {"text": ["All"], "value": ["$__all"]}}  # fmt: skip


def panels(known: set[str]) -> Iterator[dict[str, Any]]:
    shown = [
        one for one in PANELS if all(metrics(expr) <= known for expr, _ in one.queries)
    ]
    top = 0
    for row in dict.fromkeys(one.row for one in shown):
        yield {"type": "row", "title": row, "collapsed": False, "panels": [],
               "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}}  # fmt: skip
        top += 1
        inside = [one for one in shown if one.row == row]
        for number, one in enumerate(inside):
            y = top + number // PER_ROW * HEIGHT
            yield panel(
                one, {"x": number % PER_ROW * WIDTH, "y": y, "w": WIDTH, "h": HEIGHT}
            )
        top += -(-len(inside) // PER_ROW) * HEIGHT


def panel(one: Panel, place: dict[str, int]) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "type": "timeseries",
        "title": one.title,
        "description": one.about,
        "datasource": source,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": one.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": source, "expr": expr, "legendFormat": legend}
            for number, (expr, legend) in enumerate(one.queries)
        ],
    }  # fmt: skip
