"""Run: `sidecar demo`, a legacy backend with a sidecar in front of it.

Starts both as children, asks the same of both, prints what was seen and what to
try, and stays until a signal ends it. Nothing is left behind: processes end in
reverse order of their start, files are in a temporary folder.
"""

import argparse
import asyncio
import contextlib
import re
import signal
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from sidecar.demo.children import StartFailed, child, port_or_any
from sidecar.demo.table import lines
from sidecar.demo.visit import visit

CONFIGURATION: Final = """\
listen: "127.0.0.1:{ports.listen}"
health: {{listen: "127.0.0.1:{ports.health}"}}
admin: {{listen: "127.0.0.1:{ports.admin}"}}
shutdown: {{grace: 0s, timeout: 2s}}
limits: {{body: 1MiB}}
upstreams:
  default: {{url: "{upstream}"}}
routes:
  - name: products
    match: {{path: "/api/products"}}
    cache: {{ttl: 30s}}
  - name: reports
    match: {{path: "/reports/**"}}
    timeouts: {{request: 1s}}
"""

TO_TRY: Final = """
Try it:
  curl -i {through}/api/products     stored for 30 seconds: Cache-Status says so
  curl -i {through}/reports/annual   hangs; answered after one second
  curl -N {through}/clock            Server-Sent Events, not delayed
  curl {health}/metrics             for Prometheus
  curl {health}/healthz             for people and probes
  curl {admin}/stats               totals and percentiles

Without the sidecar: {direct}/
Configuration:       {configuration}
Access log:          {log}

Ctrl-C ends everything.\
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """One for each listener of the demo; 0 is any that is free."""

    upstream: int
    listen: int
    health: int
    admin: int


USUAL: Final = Ports(upstream=3000, listen=8080, health=9901, admin=9902)
ENDING: Final = (signal.SIGINT, signal.SIGTERM)
URL: Final = re.compile(r"http://127\.0\.0\.1:\d+")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def choose() -> Ports:
    chosen = Ports(*(port_or_any(port) for port in astuple(USUAL)))
    for usual, port in zip(astuple(USUAL), astuple(chosen), strict=True):
        if not port:
            say(f"Port {usual} is taken; using one that is free.")
    return chosen


async def show(folder: Path, *, once: bool) -> None:
    """Start both, ask both, print; returns only where `once`.

    Raises:
        StartFailed
    """
    ports = choose()
    file, log = folder / "sidecar.yaml", folder / "access.log"
    legacy = [sys.executable, "-m", "sidecar.demo.legacy", str(ports.upstream)]
    proxy = [sys.executable, "-m", "sidecar", "run", "-c", str(file)]
    async with contextlib.AsyncExitStack() as stack:
        say("Starting a legacy backend, and a sidecar in front of it …")
        ready = await stack.enter_async_context(
            child(legacy, b"legacy ready on ", folder / "legacy.out")
        )
        direct = URL.findall(ready)[0]
        file.write_text(CONFIGURATION.format(ports=ports, upstream=direct))
        ready = await stack.enter_async_context(child(proxy, b"sidecar ready on ", log))
        through, health, admin = URL.findall(ready)
        say(f"Backend {direct}, sidecar {through}. Asking both …\n")
        rows = await visit(direct, through)
        say("\n".join(lines(rows, bold=sys.stdout.isatty())))
        if not once:
            urls = {
                "direct": direct,
                "through": through,
                "health": health,
                "admin": admin,
            }
            say(TO_TRY.format(configuration=file, log=log, **urls))
            await asyncio.Event().wait()


async def until_signal(folder: Path, *, once: bool) -> None:
    """Show, and end in order at the first signal; later ones change nothing."""
    showing = asyncio.create_task(show(folder, once=once))
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in ENDING:
            loop.add_signal_handler(number, bool)
        showing.cancel()

    for number in ENDING:
        loop.add_signal_handler(number, end)
    with contextlib.suppress(asyncio.CancelledError):
        await showing


def main(arguments: argparse.Namespace) -> int:
    """Run the demo; `arguments.once`: end after the table. The exit status."""
    with tempfile.TemporaryDirectory(prefix="sidecar-demo-") as folder:
        try:
            asyncio.run(
                until_signal(Path(folder), once=getattr(arguments, "once", False))
            )
        except StartFailed as failure:
            sys.stderr.write(f"The demo could not start: {failure}")
            return 1
    return 0
