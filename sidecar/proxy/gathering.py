"""Gathering: a body that is waited for, so that it can be rendered whole.

    arriving ─┬─▶ all of it in time ─▶ whole
              └─▶ time is up ─────────▶ it goes on as it comes

By callbacks where nobody else wants the response (`soon`), else by a task
(`gathered`). The time is counted once for an exchange, from its head.
"""

import asyncio

from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetched import Asked
from sidecar.proxy.rendering import Patience
from sidecar.proxy.upstreams import Connection
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes, Instant, Seconds

# A timer of the loop may be early, and it comes only once.
EARLY: Seconds = 0.01
# Room for more is not made before it comes.
ROOM: Bytes = 8 * 1024 * 1024


def soon(exchange: Exchange, asked: Asked, now: Instant) -> Seconds | None:
    """How long to wait for all of the body without a task; None: not at all.

    The connection tells its listener when it is all here, or something went wrong.
    """
    connection, route = asked.connection, exchange.served_by
    head = connection.head()
    if head is None or asked.headed is not None or not _has_room(head):
        return None
    found = exchange.found
    if found is not None and not found.barren:
        return None  # others may want it, and it goes on if this client leaves
    patience = route.rendering.collects(exchange, head)
    if patience is None or patience.time >= route.timeouts.between_bytes:
        return None
    asked.headed = now
    exchange.patient_until = Instant(now + patience.time)
    connection.gather()
    return patience.time + EARLY


async def gathered(
    exchange: Exchange,
    connection: Connection,
    head: ResponseHead,
    patience: Patience,
    clock: Clock,
) -> bytes:
    """What comes of the body, as far as there is patience for it.

    Raises:
        SidecarError
    """
    until = exchange.patient_until
    if until is None:
        until = Instant(clock.now() + patience.time)
    silence = exchange.served_by.timeouts.between_bytes
    timer = None
    if patience.time < silence:
        timer = asyncio.get_running_loop().call_at(until + EARLY, connection.hurry)
        if _has_room(head) and clock.now() < until:
            connection.gather()
    parts: list[bytes] = [connection.take()]
    size = len(parts[0])
    try:
        while not connection.ended and size <= patience.most:
            data = await connection.read(silence, until)
            if not data:
                break
            parts.append(data)
            size += len(data)
    finally:
        if timer is not None:
            timer.cancel()
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _has_room(head: ResponseHead) -> bool:
    return head.content_length is not None and head.content_length <= ROOM
