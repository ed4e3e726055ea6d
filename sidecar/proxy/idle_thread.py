"""Idle thread: work for which there is always time, beside everything else.

On Linux its thread has a lower priority than all others of the process. Not the lowest:
now and then it holds the interpreter, and who wants that then waits for its turn. It is
not waited for at the end of the process.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Nice: a third of the weight of the others.
_BEHIND, _LAST = 5, 19


async def in_idle_thread(
    work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """What `work` returns or raises."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def tell(set_it: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop may have ended
            loop.call_soon_threadsafe(lambda: None if outcome.done() else set_it())

    def run() -> None:
        _step_back()
        try:
            result = work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is for who waits
            failure = error
            tell(lambda: outcome.set_exception(failure))
        else:
            tell(lambda: outcome.set_result(result))

    threading.Thread(target=run, name="idle", daemon=True).start()
    return await outcome


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process
        thread = threading.get_native_id()
        with suppress(OSError):
            nice = os.getpriority(os.PRIO_PROCESS, thread) + _BEHIND
            os.setpriority(os.PRIO_PROCESS, thread, min(nice, _LAST))
