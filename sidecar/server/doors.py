"""Doors: what accepts connections, by the name that `engine` has for it."""

from collections.abc import Callable

from sidecar.proxy.pipeline import Pipeline
from sidecar.server.entrance import Entrance
from sidecar.server.express_door import ExpressDoor
from sidecar.server.listeners import Door


def door(engine: str) -> Callable[[Entrance, Pipeline], Door]:
    if engine == "aiohttp":
        from sidecar.server.reference import ReferenceDoor  # noqa: PLC0415 - loads aiohttp

        return ReferenceDoor
    return ExpressDoor
