"""What `engine` names is there."""

from typing import get_args

from sidecar.config.schema import Config
from sidecar.server.doors import door
from sidecar.server.express_door import ExpressDoor
from sidecar.server.reference import ReferenceDoor


def test_every_engine_has_its_door():
    engines = get_args(Config.model_fields["engine"].annotation)
    assert {one: door(one) for one in engines} == {
        "express": ExpressDoor,
        "aiohttp": ReferenceDoor,
    }
