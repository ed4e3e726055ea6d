"""Run: `sidecar demo`, a legacy backend with a sidecar in front of it.

Starts both as children, asks the same of both, prints what was seen and what to
try, and stays until a signal ends it. Nothing is left behind: processes end in
reverse order of their start, files are in a temporary folder.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Final

from sidecar.demo.children import StartFailed, child, free_port
from sidecar.demo.table import lines
from sidecar.demo.visit import visit

CONFIGURATION: Final = """\
listen: "127.0.0.1:{listen}"
health: {{listen: "127.0.0.1:{health}"}}
admin: {{listen: "127.0.0.1:{admin}"}}
shutdown: {{grace: 0s, timeout: 2s}}
limits: {{body: 1MiB}}
upstreams:
  default: {{url: "http://127.0.0.1:{upstream}"}}
routes:
  - name: reports
    match: {{path: "/reports/**"}}
    timeouts: {{request: 1s}}
"""

TO_TRY: Final = """
Try it:
  curl -i {through}/api/products      as the backend answers, with a request id
  curl -i {through}/reports/annual    hangs; answered after one second
  curl -N {through}/clock             Server-Sent Events, not delayed
  curl {health}/metrics                    for Prometheus
  curl {health}/healthz                    for people and probes
  curl {admin}/stats                      totals and percentiles
  direct, without the sidecar: {direct}/

Configuration: {configuration}
Access log:    {log}
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """One for each listener of the demo."""

    upstream: int
    listen: int
    health: int
    admin: int

    @classmethod
    def free(cls) -> "Ports":
        return cls(*(free_port(port) for port in astuple(USUAL)))


USUAL: Final = Ports(upstream=3000, listen=8080, health=9901, admin=9902)
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def show(folder: Path, *, once: bool) -> None:
    """Start both, ask both, print; returns only where `once`.

    Raises:
        StartFailed
    """
    ports = Ports.free()
    for usual, chosen in zip(astuple(USUAL), astuple(ports), strict=True):
        if chosen != usual:
            say(f"Port {usual} is taken; using {chosen}.")
    file, log = folder / "sidecar.yaml", folder / "access.log"
    file.write_text(CONFIGURATION.format(**asdict(ports)))
    python = sys.executable
    legacy = [python, "-m", "sidecar.demo.legacy", str(ports.upstream)]
    proxy = [python, "-m", "sidecar", "run", "-c", str(file)]
    direct, through = url(ports.upstream), url(ports.listen)
    async with contextlib.AsyncExitStack() as stack:
        say("Starting a legacy backend, and a sidecar in front of it …")
        await stack.enter_async_context(
            child(legacy, b"legacy ready on ", folder / "legacy.out")
        )
        await stack.enter_async_context(child(proxy, b"sidecar ready on ", log))
        say(f"Backend {direct}, sidecar {through}. Asking both …\n")
        rows = await visit(direct, through)
        say("\n".join(lines(rows, bold=sys.stdout.isatty())))
        say(
            TO_TRY.format(
                direct=direct,
                through=through,
                health=url(ports.health),
                admin=url(ports.admin),
                configuration=file,
                log=log,
            )
        )
        if not once:
            say("Ctrl-C ends everything.")
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
