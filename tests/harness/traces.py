"""Traces: what was asked of servers in real life, as keys in order."""

import gzip
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"


@cache
def web12() -> tuple[bytes, ...]:
    """Requests of a shop's product pages (tests/data/README.md)."""
    return tuple(gzip.decompress((_DATA / "web12.tsv.gz").read_bytes()).split())
