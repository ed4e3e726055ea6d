"""Run: from a configuration to an exit status, with one process or with many."""

import sys

from sidecar.config.load import Loaded
from sidecar.config.schema import Config
from sidecar.config.watch import Unwatched, Watch
from sidecar.server import alone
from sidecar.server.commons import grounds
from sidecar.server.connections import shortfall
from sidecar.server.launch import Launch
from sidecar.server.listeners import CannotListen, Opened
from sidecar.server.machine import suitable
from sidecar.server.reloads import Read
from sidecar.server.setup import CannotServe
from sidecar.telemetry.cgroup import cgroup

FAILED = 1


def run(loaded: Loaded, read: Read, *, watch: bool = True) -> int:
    """Serve until told to stop; the exit status.

    `read` reads the configuration anew; `watch`: do so when the file changes.
    """
    changes = Watch(loaded.path) if watch and loaded.path else Unwatched()
    workers = _workers(loaded.config)
    if fewer := shortfall(loaded.config.limits.connections, workers):
        sys.stderr.write(f"sidecar: {fewer}\n")
    try:
        opened = Opened.of(loaded.config)
        if workers == 1:
            return alone.run(Launch(loaded, read, changes, opened))
        from sidecar.server import supervisor  # noqa: PLC0415 - one needs no parent

        with grounds() as folder:
            return supervisor.run(
                Launch(loaded, read, changes, opened, workers, folder)
            )
    except (CannotListen, CannotServe, OSError) as error:
        sys.stderr.write(f"sidecar: {error}\n")
        return FAILED


def _workers(config: Config) -> int:
    if config.workers != "auto":
        return config.workers
    urls = [str(url) for one in config.upstreams.values() for url in one.url]
    found = suitable(cgroup(), urls)
    sys.stderr.write(f"sidecar: {found.reason}\n")
    return found.count
