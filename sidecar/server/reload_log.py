"""Reload log: how a reload ended, for whoever reads standard error."""

from sidecar.config.load import Loaded
from sidecar.server.connections import shortfall
from sidecar.server.reloads import Outcome, Result
from sidecar.telemetry.log import Log

# Further mistakes are in GET /config; the log is not to be filled by one file.
MOST = 20


def tell(log: Log, outcome: Outcome, loaded: Loaded | None, workers: int) -> None:
    """`loaded` is what went into effect."""
    if outcome.result is Result.SUCCESS:
        log.info("configuration reloaded", generation=outcome.generation)
        if outcome.needs_restart:
            keys = ", ".join(outcome.needs_restart)
            log.warning("needs a restart", keys=keys)
        if loaded is not None:
            fewer = shortfall(loaded.config.limits.connections, workers)
            if fewer:
                log.warning("fewer connections", why=fewer)
        return
    log.error(
        "configuration not reloaded",
        result=str(outcome.result),
        why=outcome.why or f"{len(outcome.mistakes)} mistakes",
        generation=outcome.generation,
    )
    for mistake in outcome.mistakes[:MOST]:
        log.error(
            "mistake",
            file=mistake.file,
            line=mistake.line,
            column=mistake.column,
            path=mistake.path,
            message=mistake.message,
            hint=mistake.hint,
        )
