"""Exposition: a snapshot in Prometheus' text format or in OpenMetrics.

Written here rather than by prometheus_client, whose parsers judge it in the
tests: ten times as fast, so that a scrape holds nobody up.
"""

import asyncio
import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice

from sidecar.semantics.negotiation import prefers
from sidecar.telemetry.families import FAMILIES
from sidecar.telemetry.family import Family, Kind
from sidecar.telemetry.snapshot import Labels, Snapshot, Value

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_OFFERED = (b"text/plain", b"application/openmetrics-text")
# Each format has one version here, and names that need no escaping scheme.
_PARAMETER = re.compile(rb";[ \t]*(?:version|escaping|charset)=[^;,]*")
# Series of one batch: half a millisecond to write.
BATCH = 25
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def render(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """Return the content and its Content-Type, as the Accept field asks."""
    is_open = _wants_open(accept)
    content = "".join(_pieces(snapshot, is_open=is_open)).encode()
    return content, OPEN if is_open else TEXT


async def rendered(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """As `render`, and the event loop turns between batches.

    In a thread it would hold the loop up for as long as threads may keep the
    interpreter to themselves.
    """
    is_open = _wants_open(accept)
    pieces = _pieces(snapshot, is_open=is_open)
    content = bytearray()
    while batch := list(islice(pieces, BATCH)):
        content += "".join(batch).encode()
        await asyncio.sleep(0)
    return bytes(content), OPEN if is_open else TEXT


def _wants_open(accept: str) -> bool:
    wanted = _PARAMETER.sub(b"", accept.lower().encode("utf-8", "replace"))
    return prefers(wanted, _OFFERED) == _OFFERED[1]


def _pieces(snapshot: Snapshot, *, is_open: bool) -> Iterator[str]:
    """Each series, and what stands before and behind them."""
    for family in FAMILIES:
        yield _head(family, is_open=is_open)
        for labels, value in snapshot.get(family.name, {}).items():
            yield "".join(_series(family, labels, value))
    if is_open:
        yield "# EOF\n"


@cache
def _head(family: Family, *, is_open: bool) -> str:
    name = family.name
    if is_open and family.kind is Kind.COUNTER:
        name = name.removesuffix("_total")
    text = family.help.replace("`", "")
    return f"# HELP {name} {text}\n# TYPE {name} {family.kind}\n"


def _series(family: Family, labels: Labels, value: Value) -> Iterator[str]:
    pairs = ",".join(
        f'{name}="{text.translate(_ESCAPES)}"'
        for name, text in zip(family.labels, labels, strict=True)
    )
    if isinstance(value, list):
        total, *counts = value
        yield from _buckets(family, pairs, accumulate(counts))
        shown = f"{{{pairs}}}" if pairs else ""
        yield f"{family.name}_count{shown} {sum(counts)}\n"
        yield f"{family.name}_sum{shown} {total}\n"
    elif pairs:
        yield f"{family.name}{{{pairs}}} {value}\n"
    else:
        yield f"{family.name} {value}\n"


def _buckets(family: Family, pairs: str, counts: Iterator[float]) -> Iterator[str]:
    start = f"{family.name}_bucket{{{pairs}{',' if pairs else ''}"
    for end, count in zip(_ends(family), counts, strict=True):
        yield f"{start}{end}{count}\n"


@cache
def _ends(family: Family) -> tuple[str, ...]:
    """What follows the labels of each bucket."""
    bounds = (*map(repr, family.bounds), "+Inf")
    return tuple(f'le="{bound}"}} ' for bound in bounds)
