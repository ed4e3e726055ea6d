"""Signs whose log nobody reads, for tests that are not about it."""

from sidecar.server.signs import Signs
from sidecar.telemetry.log import Log
from sidecar.telemetry.metrics import Metrics


class Nowhere:
    def write(self, line: bytes) -> None:
        """Keep nothing."""


def unheard(metrics: Metrics | None = None) -> Signs:
    return Signs(metrics or Metrics(), Log(Nowhere()))
