"""Inside: what protection costs a request within the process, without any socket.

    python -m benchmarks.inside

A request is let in, gets its permit, is answered, and ends: the least of many rounds,
in microseconds of CPU, less what the same calls cost where all of it is off. Whoever
is refused costs what is printed, from the request's head to the answer's last byte.
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
from sidecar.proxy.route import Route
from sidecar.proxy.unguarded import FREE
from sidecar.server.protection import Protection
from tests.proxy.script import Client, Proxy, exchange, request, route
from tests.server.unheard import unheard

TIMES, ROUNDS = 2000, 10
OFF, DEFAULT = "off", "default"
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
REFUSING = """
defaults: {breaker: "off", retry: "off"}
routes:
  - {name: places, match: {path: /a}, concurrency: {max: 1, queue: "off"}}
  - {name: limit, match: {path: /b}, rate_limit: {rate: 1/h}}
"""
GOALS = {"all": 6.0}


def routes(text: str) -> dict[str, Route]:
    """What is on for each route of a configuration, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inside.yaml"
        file.write_text(text)
        config = load(file, environ={}).config
    protection = Protection(unheard(), Clock(), Deadlines())
    plan = protection.plan(config)
    return {
        section.name: route(
            permits=one.permits, retrying=one.retrying, admission=one.admission
        )
        for section, one in zip(config.routes, plan.guards, strict=True)
        if section.name != DEFAULT
    }


def exchanges() -> dict[str, Exchange]:
    """A request to each route."""
    made = routes(FILE).items()
    return {name: exchange(None, request(), one) for name, one in made}


def refusing() -> dict[str, Proxy]:
    """Proxies that refuse whoever comes next."""
    found = {}
    for name, one in routes(REFUSING).items():
        one.permits.take(Clock().now())
        found[name] = proxy = Proxy(route=one)
        proxy.pipeline.answer(proxy.pipeline.begin(request(), Client()))
        proxy.seen.exchanges.clear()
    return found


def refuse(proxy: Proxy, times: int) -> None:
    """Answer requests for which nobody is asked."""
    pipeline, head = proxy.pipeline, request()
    for _ in range(times):
        pipeline.answer(pipeline.begin(head, Client()))
    proxy.seen.exchanges.clear()


def serve(one: Exchange, times: int) -> None:
    """What protection is asked and told of a request that is answered well."""
    served, now = one.served_by, Clock().now
    permits, admission, retrying = served.permits, served.admission, served.retrying
    for _ in range(times):
        one.identity, one.extra = None, b""
        admission.admit(one)
        admission.toll(one)
        if not permits.is_open:
            permits.refusal(one.started)
        permit = permits.take(now()) or FREE
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
        if name != OFF:
            yield Figure(name, (spent - least[OFF]) * 1e6, "µs", GOALS.get(name))
    for name, proxy in refusing().items():
        spent = min(best(partial(refuse, proxy, times), times) for _ in range(rounds))
        yield Figure(f"refused: {name}", spent * 1e6, "µs")


def main() -> int:
    """Measure and print."""
    gc.disable()
    for figure in figures():
        print(figure, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
