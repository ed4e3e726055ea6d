"""Tasks: what goes on behind the back of exchanges, and is not forgotten.

The event loop keeps weak references alone: a task that nobody holds may vanish.
"""

import asyncio
from collections.abc import Coroutine


class Tasks:
    """At most `most` at a time."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[object, object, None]) -> bool:
        """Run it; False, and it is closed, where there are too many."""
        if len(self._tasks) >= self._most:
            work.close()
            return False
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True
