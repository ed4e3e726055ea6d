"""Loop: the event loop that every process of ours turns, and threads beside it."""

import asyncio
import sys
from collections.abc import Callable

from sidecar.units import Seconds

# How long a thread that works beside the loop may keep it waiting, each time that it
# wants to go on: with Python's 5 ms it would get a twentieth of what it needs.
POLITE: Seconds = 0.0005


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop of this process, whose threads are polite from now on."""
    sys.setswitchinterval(POLITE)
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        sys.stderr.write("sidecar: uvloop is missing; asyncio's loop is slower\n")
        return None
    return uvloop.new_event_loop
