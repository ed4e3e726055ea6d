"""Loop: the event loop that every process of ours turns, and threads beside it."""

import asyncio
import sys
from collections.abc import Callable

from sidecar.units import Seconds

# How long a thread that works beside the loop may keep it waiting, each time that it
# wants to go on: with Python's 5 ms it would get a twentieth of what it needs.
POLITE: Seconds = 0.0005
# uvloop runs what is due, then what was called soon, and then looks at the sockets; who
# waited for what is there is called soon after that.
_TURNS = 3


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop of this process, whose threads are polite from now on."""
    sys.setswitchinterval(POLITE)
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        sys.stderr.write("sidecar: uvloop is missing; asyncio's loop is slower\n")
        return None
    return uvloop.new_event_loop


def once_looked(call: Callable[[], None], turns: int = _TURNS) -> None:
    """Call it when whoever waits for what is here by now has got it.

    A process that was stopped or throttled finds all timers due, and answers that came
    long ago: who is told first to be late never hears of them.
    """
    if turns:
        loop = asyncio.get_running_loop()
        loop.call_soon(once_looked, call, turns - 1)
    else:
        call()
