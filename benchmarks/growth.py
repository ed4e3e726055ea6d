"""Growth: what routes, keys and workers cost in memory and at the start.

    python -m benchmarks.growth

A sidecar is started with so many of each, asked once, and its memory read. Connections
and the CPU time of routes are rows of `python -m benchmarks`.
"""

import json
import sys
import tempfile
import tracemalloc
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.accounting import cpu_seconds, pss
from benchmarks.parts import Figure
from benchmarks.processes import (
    HOST,
    PROXY_CORE,
    Launch,
    free_port,
    start,
    stop,
)
from sidecar.policy.buckets import MOST_KEYS, LocalBuckets
from sidecar.policy.rate_limit import Charge, Limit

MIB = 1 << 20
ROUTES = (10, 1000, 3000)
WORKERS = (1, 2, 4)
SOURCE = str(Path(__file__).parent.parent)


def of_keys(
    counts: tuple[int, ...] = (1000, MOST_KEYS, 10 * MOST_KEYS), most: int = MOST_KEYS
) -> Iterator[Figure]:
    """Keys of one worker's rate limits: digests of 16 bytes, as identities are."""
    limit = Limit.of("many", 100, 900.0)
    for count in counts:
        tracemalloc.start()
        buckets = LocalBuckets(most)
        for number in range(count):
            key = number.to_bytes(16, "big")
            buckets.spend([Charge(key, limit)], number / count)
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        yield Figure(f"{count:,} identities with a rate limit", size / MIB, "MiB")


def of_processes(settings: dict[str, dict[str, Any]]) -> Iterator[Figure]:
    for name, configuration in settings.items():
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            file = Path(folder, "sidecar.yaml")
            file.write_text(json.dumps(_anywhere(port) | configuration))
            command = [sys.executable, "-m", "sidecar", "run", "-c", str(file)]
            launch = Launch(
                command, ready=b"sidecar ready", environment={"PYTHONPATH": SOURCE}
            )
            started = start(launch, port, Path(folder, "log"), PROXY_CORE)
            try:
                yield Figure(f"{name}: CPU until ready", cpu_seconds(started.pids), "s")
                _ask(port)
                yield Figure(f"{name}: memory", pss(started.pids) / MIB, "MiB")
            finally:
                stop(started)


def settings() -> dict[str, dict[str, Any]]:
    routes = {
        f"{count:,} routes": {
            "routes": [
                {"name": f"r{n}", "match": {"path": f"/any/{n}/**"}}
                for n in range(count)
            ]
        }
        for count in ROUTES
    }
    return routes | {f"{count} workers": {"workers": count} for count in WORKERS}


def _anywhere(port: int) -> dict[str, Any]:
    nowhere = {"default": {"url": f"http://{HOST}:1"}}
    return {
        "listen": f"{HOST}:{port}",
        "health": {"listen": f"{HOST}:0", "readiness": "proxy-only"},
        "admin": {"listen": f"{HOST}:0"},
        "upstreams": nowhere,
        "telemetry": {"access_log": "off"},
    }


def _ask(port: int) -> None:
    """Have every part used once; that nobody stands behind it is no matter."""
    request = urllib.request.Request(f"http://{HOST}:{port}/any/0/item")
    try:
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
    except urllib.error.HTTPError as answer:
        answer.close()


def main() -> int:
    for figures in (of_keys(), of_processes(settings())):
        for figure in figures:
            print(figure, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
