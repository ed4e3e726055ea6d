#!/usr/bin/env python3
"""docs/metrics.md, of the table that the sidecar exposes its metrics by."""

import sys
from collections.abc import Iterable, Iterator

from alert_rules import ALERTS
from dashboard import PANELS
from expressions import metrics

from sidecar.telemetry import host_families
from sidecar.telemetry.families import FAMILIES
from sidecar.telemetry.family import Family, Kind, Over

INTRODUCTION = """\
# Metrics

This page is generated from the code: `make schema`. How to scrape them, how the labels
are bounded and what to ask Prometheus: [observability.md](observability.md).

`GET /metrics` on the health listener has all of them, in Prometheus' text format or in
OpenMetrics. Over several workers a value is the sum, unless its line says otherwise.
`code` is that of [errors.md](errors.md); `route`, `upstream` and `breaker` are names of
the configuration.
"""
OVER = {Over.SUM: "", Over.MAX: " The worst worker's.", Over.EACH: ""}


def text() -> str:
    own = [one for one in FAMILIES if one not in host_families.FAMILIES]
    return "\n".join(
        [
            INTRODUCTION,
            *_table("Requests, upstreams, cache", own),
            *_table("Processes", host_families.FAMILIES),
            *_buckets(),
            *_used(),
        ]
    )


def _table(title: str, families: Iterable[Family]) -> Iterator[str]:
    yield f"## {title}\n\n| family | type | meaning |\n|---|---|---|"
    for one in families:
        labels = f"{{{','.join(one.labels)}}}" if one.labels else ""
        said = "worst worker" in one.help
        over = "" if said else OVER[one.over]
        yield f"| `{one.name}{labels}` | {one.kind} | {one.help}{over} |"
    yield ""


def _buckets() -> Iterator[str]:
    yield "## Buckets\n\nUpper bounds, in seconds.\n"
    for one in FAMILIES:
        if one.kind is Kind.HISTOGRAM:
            yield f"- `{one.name}`: {', '.join(f'{bound:g}' for bound in one.bounds)}"
    yield ""


def _used() -> Iterator[str]:
    yield "## Which alert and which panel asks for it\n"
    yield "| family | alerts | panels of the dashboard |\n|---|---|---|"
    for one in FAMILIES:
        alerts = [
            f"[{alert.name}](alerts.md#{alert.name.lower()})"
            for alert in ALERTS
            if one.name in metrics(alert.expr)
        ]
        panels = [
            panel.title
            for panel in PANELS
            if any(one.name in metrics(expr) for expr, _ in panel.queries)
        ]
        if alerts or panels:
            yield f"| `{one.name}` | {', '.join(alerts)} | {', '.join(panels)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(text())
