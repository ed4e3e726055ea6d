"""Instruments: what a worker is watched with, made from the configuration."""

import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from sidecar.config.schema import Config
from sidecar.policy.pressure import Pressure
from sidecar.proxy.pipeline import Observer as Observes
from sidecar.telemetry.access_line import JsonLine, Render
from sidecar.telemetry.access_log import AccessLog
from sidecar.telemetry.combined_line import CombinedLine
from sidecar.telemetry.line_writer import LineWriter
from sidecar.telemetry.log import Bridge, Log
from sidecar.telemetry.loop_lag import LoopLag
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.observer import NOBODY, Observer
from sidecar.telemetry.readings import counted, pressed
from sidecar.telemetry.slow_log import SlowLog
from sidecar.telemetry.snapshot import Reading
from sidecar.units import Seconds

STDOUT, STDERR = 1, 2
# How long the last lines may take when we stop.
FLUSH: Seconds = 1.0


@dataclass(frozen=True, slots=True)
class Instruments:
    metrics: Metrics
    slow: SlowLog
    log: Log
    lag: LoopLag
    pressure: Pressure
    access_lines: LineWriter
    log_lines: LineWriter

    def observer(self, config: Config) -> Observes:
        """What the pipeline tells of each exchange, with the file's settings."""
        access_log: Observes = NOBODY
        slow = thresholds(config)
        section = config.telemetry.access_log
        render = _render(config)
        if render is not None and section is not None:
            access_log = AccessLog(
                render,
                self.access_lines,
                sample=section.sample,
                slow=slow,
            )
        return Observer(
            self.metrics,
            access_log,
            self.slow,
            slow_from=min(slow.values(), default=0.0),
        )

    def readings(self) -> Iterable[Reading]:
        """What was counted, and how this process keeps up."""
        return partial(counted, self.metrics), partial(pressed, self.pressure)

    def close(self) -> None:
        """Write out what waits, for a moment."""
        self.lag.stop()
        self.access_lines.close(FLUSH)
        self.log_lines.close(FLUSH)


def instruments(config: Config) -> Instruments:
    service = config.telemetry.service or ""
    log_lines, access_lines = LineWriter(STDERR), LineWriter(STDOUT)
    log = Log(log_lines, plain=sys.stderr.isatty(), service=service)
    logging.basicConfig(handlers=[Bridge(log)], level=logging.WARNING, force=True)
    slow, pressure = SlowLog(thresholds(config), log), Pressure()
    lag = LoopLag(feel=pressure.feel)
    return Instruments(Metrics(), slow, log, lag, pressure, access_lines, log_lines)


def thresholds(config: Config) -> dict[str, Seconds]:
    """From how many seconds on a request of a route is slow."""
    return {route.name: route.slow for route in config.routes}


def _render(config: Config) -> Render | None:
    service = config.telemetry.service or ""
    section = config.telemetry.access_log
    if section is None or section.format == "off":
        return None
    redact = frozenset(name.lower().encode() for name in section.redact)
    if section.format == "combined":
        return CombinedLine(redact=redact)
    return JsonLine(service=service, redact=redact)
