"""A route that nothing guards: whoever comes may ask, and nobody counts."""

from sidecar import errors
from sidecar.proxy.unguarded import FREE, UNGUARDED
from sidecar.units import Instant


async def test_where_there_is_nothing_to_ask():
    assert UNGUARDED.refusal(Instant(0)) is None
    assert UNGUARDED.is_open
    assert UNGUARDED.crowded(Instant(0)) is None
    assert UNGUARDED.take(Instant(0)) is await UNGUARDED.wait(Instant(0)) is FREE
    FREE.answered(500, Instant(0))
    FREE.failed(errors.ConnectionLost(), Instant(0))
    FREE.end(Instant(0))
