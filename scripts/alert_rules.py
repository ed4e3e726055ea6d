"""The alert rules of Prometheus: a table, each with its page in docs/alerts.md."""

from dataclasses import dataclass
from typing import Any

from expressions import REQUESTS, metrics


@dataclass(frozen=True)
class Alert:
    name: str
    expr: str
    wait: str
    severity: str
    summary: str


def failing(window: str, factor: float) -> str:
    """Whether errors eat the budget of 99.9 % so many times too fast."""
    failed = f'sum by (route) (rate({REQUESTS}{{status_code=~"5.."}}[{window}]))'
    return f"{failed} / sum by (route) (rate({REQUESTS}[{window}])) > {factor} * 0.001"


ALERTS = (
    Alert("SidecarAbsent", "absent(sidecar_build_info)", "5m", "critical",
          "No sidecar is seen."),
    Alert("SidecarFailing", f"{failing('5m', 14.4)} and {failing('1h', 14.4)}", "2m", "critical",
          "{{ $value | humanizePercentage }} of the requests of {{ $labels.route }} fail."),
    Alert("SidecarFailingSlowly", f"{failing('30m', 6)} and {failing('6h', 6)}", "15m", "warning",
          "{{ $value | humanizePercentage }} of the requests of {{ $labels.route }} fail."),
    Alert("SidecarSlow",
          "histogram_quantile(0.99, sum by (route, le) (rate(http_request_duration_seconds_bucket[5m]))) > 5",
          "10m", "warning", "One request in a hundred of {{ $labels.route }} takes {{ $value | humanizeDuration }}."),
    Alert("SidecarOverhead",
          "histogram_quantile(0.99, sum by (route, le) (rate(sidecar_overhead_seconds_bucket[5m]))) > 0.025",
          "10m", "warning", "The sidecar itself takes {{ $value | humanizeDuration }} for {{ $labels.route }}."),
    Alert("SidecarUpstreamErrors",
          'sum by (code) (rate(sidecar_errors_total{code=~"upstream_.*"}[5m])) > 0.1',
          "5m", "warning", "The upstream fails: {{ $labels.code }}."),
    Alert("SidecarBreakerOpen", "max by (breaker) (sidecar_breaker_state) == 2", "1m", "warning",
          "The breaker {{ $labels.breaker }} is open."),
    Alert("SidecarShedding", "sum by (route, reason) (rate(sidecar_shed_total[5m])) > 0", "5m", "warning",
          "Requests of {{ $labels.route }} are not passed on: {{ $labels.reason }}."),
    Alert("SidecarLoopLag", "max by (instance) (sidecar_event_loop_lag_p99_seconds) > 0.1", "5m", "warning",
          "The event loop of {{ $labels.instance }} is late by {{ $value | humanizeDuration }}."),
    Alert("SidecarPressure", "max by (instance) (sidecar_pressure_level) >= 2", "5m", "warning",
          "{{ $labels.instance }} is at its own limits and does without: level {{ $value }} of 4."),
    Alert("SidecarThrottled",
          "rate(sidecar_cpu_throttled_periods_total[5m]) / rate(sidecar_cpu_periods_total[5m]) > 0.1",
          "10m", "warning", "{{ $labels.instance }} is kept from running {{ $value | humanizePercentage }} of the time."),
    Alert("SidecarDescriptors", "process_open_fds / process_max_fds > 0.8 and on (job, instance) sidecar_build_info",
          "5m", "warning", "{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its file descriptors."),
    Alert("SidecarWorkersDie",
          'sum by (instance, reason) (increase(sidecar_worker_restarts_total{reason!~"memory|reload"}[15m])) > 2',
          "0m", "warning", "Workers of {{ $labels.instance }} end: {{ $labels.reason }}."),
    Alert("SidecarReloadFailed", "sidecar_config_last_reload_successful == 0", "1m", "warning",
          "{{ $labels.instance }} goes on with its former configuration, for the new one has mistakes."),
)  # fmt: skip


def alerts(known: set[str]) -> dict[str, Any]:
    return {
        "groups": [
            {
                "name": "sidecar",
                "rules": [
                    {
                        "alert": one.name,
                        "expr": one.expr,
                        "for": one.wait,
                        "labels": {"severity": one.severity},
                        "annotations": {
                            "summary": one.summary,
                            "runbook_url": f"docs/alerts.md#{one.name.lower()}",
                        },
                    }
                    for one in ALERTS
                    if metrics(one.expr) <= known
                ],
            }
        ]
    }
