from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.express_door import ExpressDoor
from tests.proxy.script import Proxy
from tests.server.wire import entrance


async def test_connections_share_one_buffer():
    door = ExpressDoor(entrance(), Proxy().pipeline)
    one, other = door(), door()
    assert one is not other
    assert one.get_buffer(-1) is other.get_buffer(-1)
    assert len(one.get_buffer(-1)) == RECEIVE_BUFFER
