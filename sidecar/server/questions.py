"""Questions: what the desk asked all workers, until the last answered or is gone."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sidecar.units import Seconds


class Question:
    """`answers` by the worker's name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.answers: dict[str, Any] = {}
        self._missing = set(names)
        self._complete = asyncio.Event()
        self._look()

    def answered(self, name: str, content: object) -> None:
        self.answers[name] = content
        self.gone(name)

    def gone(self, name: str) -> None:
        """Wait for this one no longer."""
        self._missing.discard(name)
        self._look()

    async def wait(self, within: Seconds) -> dict[str, Any]:
        """Return the answers when all are here, or those that are by then."""
        try:
            async with asyncio.timeout(within):
                await self._complete.wait()
        except TimeoutError:
            pass
        return self.answers

    def _look(self) -> None:
        if not self._missing:
            self._complete.set()
