"""Loop: the event loop that every process of ours turns."""

import asyncio
import sys
from collections.abc import Callable


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        sys.stderr.write("sidecar: uvloop is missing; asyncio's loop is slower\n")
        return None
    return uvloop.new_event_loop
