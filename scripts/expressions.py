"""Expressions: what panels and alerts ask Prometheus, and for which metrics."""

import re

REQUESTS = "http_request_duration_seconds_count"
SUFFIX = re.compile(r"_(bucket|sum|count)$")
METRIC = re.compile(
    r"\b(?:http|sidecar|cache|process|active)_[a-z0-9_]+\b(?=[{\[ )]|$)"
)


def metrics(expr: str) -> set[str]:
    """The metrics that an expression asks for, without what histograms add."""
    plain = re.sub(r'"[^"]*"', '""', expr)
    return {SUFFIX.sub("", name) for name in METRIC.findall(plain)}
