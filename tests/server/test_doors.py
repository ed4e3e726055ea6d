"""What `engine` names is there, and what its connections share."""

from typing import get_args

from sidecar.config.schema import Config
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.doors import ExpressDoor, door
from sidecar.server.reference import ReferenceDoor
from tests.proxy.script import Proxy
from tests.server.wire import entrance


def test_every_engine_has_its_door():
    engines = get_args(Config.model_fields["engine"].annotation)
    assert {one: door(one) for one in engines} == {
        "express": ExpressDoor,
        "aiohttp": ReferenceDoor,
    }


async def test_connections_share_one_buffer():
    express = ExpressDoor(entrance(), Proxy().pipeline)
    one, other = express(), express()
    assert one is not other
    assert one.get_buffer(-1) is other.get_buffer(-1)
    assert len(one.get_buffer(-1)) == RECEIVE_BUFFER
