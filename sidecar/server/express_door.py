"""The express door's factory: what all of its connections on a worker share."""

from sidecar.proxy.pipeline import Pipeline
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.entrance import Entrance
from sidecar.server.express import Express


class ExpressDoor:
    """`door()` is what the loop's servers call."""

    def __init__(self, entrance: Entrance, pipeline: Pipeline) -> None:
        self._entrance = entrance
        self._pipeline = pipeline
        self._view = memoryview(bytearray(RECEIVE_BUFFER))

    def __call__(self) -> Express:
        return Express(self._pipeline, self._entrance, self._view)
