"""Runner: how the admin application is served, whoever is on the line.

aiohttp logs a traceback for each request that it cannot parse, so that anyone
could fill the log; such requests are answered and not logged. A head that takes
long to come, and a connection that stays idle, are cut.
"""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sidecar.units import Bytes, Seconds

# aiohttp's only deadline for a head counts from the accept, or the last response.
IDLE: Seconds = 15.0
LINGER: Seconds = 1.0
FIELD: Bytes = 8190


@asynccontextmanager
async def serving(app: web.Application, one: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on a bound socket for as long as the context lasts."""
    served = runner(app)
    await served.setup()
    await web.SockSite(served, one).start()
    try:
        yield
    finally:
        await served.cleanup()


def runner(app: web.Application) -> web.AppRunner:
    """Return a runner for `app` that bears strangers."""
    return web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        logger=_logger(),
        keepalive_timeout=IDLE,
        lingering_time=LINGER,
        shutdown_timeout=LINGER,
        max_line_size=FIELD,
        max_field_size=FIELD,
    )


def _logger() -> logging.Logger:
    logger = logging.getLogger("sidecar.admin")
    # A second runner adds the same filter, which counts once.
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether this tells of a fault of ours, not of what a client sent."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
