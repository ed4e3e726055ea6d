"""Inside: what protection costs a request within the process, without any socket.

    python -m benchmarks.inside

A request is let in, gets its permit, is answered, and ends: the least of many rounds,
in microseconds of CPU, less what the same calls cost where all of it is off.
"""

import gc
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.parts import Figure, best
from sidecar.config.load import load
from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.permits import FREE
from sidecar.server.protection import Protection
from sidecar.server.signs import Signs
from sidecar.telemetry.metrics import Metrics
from tests.proxy.script import exchange, request, route

TIMES, ROUNDS = 2000, 10
OFF = "off"
FILE = """
defaults: {breaker: "off", retry: "off"}
routes:
  - {name: "off", match: {path: /a}}
  - {name: breaker, match: {path: /b}, breaker: {}, retry: {}}
  - {name: concurrency, match: {path: /c}, concurrency: {max: 99}}
  - {name: limit, match: {path: /d}, rate_limit: {rate: 1000000/s}}
  - name: all
    match: {path: /e}
    breaker: {}
    retry: {}
    concurrency: {max: 99}
    rate_limit: {rate: 1000000/s}
"""
GOALS = {"all": 6.0}


def exchanges() -> dict[str, Exchange]:
    """A request to each route."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inside.yaml"
        file.write_text(FILE)
        config = load(file, environ={}).config
    protection = Protection(Signs(Metrics()), Clock(), Deadlines())
    plan = protection.plan(config)
    return {
        section.name: exchange(
            None,
            request(),
            route(gate=one.gate, retrying=one.retrying, admission=one.admission),
        )
        for section, one in zip(config.routes, plan.guards, strict=True)
    }


def serve(one: Exchange, times: int) -> None:
    """What protection is asked and told of a request that is answered well."""
    served, now = one.served_by, Clock().now
    gate, admission, retrying = served.gate, served.admission, served.retrying
    for _ in range(times):
        one.identity, one.extra = None, b""
        admission.admit(one)
        admission.toll(one)
        gate.refusal(one.started)
        permit = gate.take(now()) or FREE
        at = now()
        permit.answered(200, at)
        retrying.answered(200, 0.001, at)
        permit.end(now())
        admission.settle(one)


def figures(times: int = TIMES, rounds: int = ROUNDS) -> Iterator[Figure]:
    """What each route costs more than the one with nothing on."""
    found = exchanges()
    least = dict.fromkeys(found, float("inf"))
    for _ in range(rounds):
        for name, one in found.items():
            spent = best(partial(serve, one, times), times)
            least[name] = min(least[name], spent)
    for name, spent in least.items():
        if name not in {OFF, "default"}:
            yield Figure(name, (spent - least[OFF]) * 1e6, "µs", GOALS.get(name))


def main() -> int:
    """Measure and print."""
    gc.disable()
    for figure in figures():
        print(figure, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
