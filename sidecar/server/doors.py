"""Doors: what accepts connections, by the name that `engine` has for it."""

from collections.abc import Callable

from sidecar.proxy.pipeline import Pipeline
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.entrance import Entrance
from sidecar.server.express import Express
from sidecar.server.listeners import Door


class ExpressDoor:
    """What all express connections of a worker share; the loop's servers call it."""

    def __init__(self, entrance: Entrance, pipeline: Pipeline) -> None:
        self._entrance = entrance
        self._pipeline = pipeline
        self._view = memoryview(bytearray(RECEIVE_BUFFER))

    def __call__(self) -> Express:
        return Express(self._pipeline, self._entrance, self._view)


def door(engine: str) -> Callable[[Entrance, Pipeline], Door]:
    if engine == "aiohttp":
        from sidecar.server.reference import ReferenceDoor  # noqa: PLC0415 - loads aiohttp

        return ReferenceDoor
    return ExpressDoor
