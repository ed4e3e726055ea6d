"""Filling: reads a response to its end, behind the backs of all who read it.

No client that leaves breaks it off. Its place at the upstream is held as long as the
upstream sends: no longer where clients are slow, and to the end where they have left.
"""

from sidecar.errors import ClientGone, SidecarError
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.feed import Feed
from sidecar.proxy.fetched import Fetched
from sidecar.proxy.tasks import Tasks
from sidecar.proxy.unguarded import FREE, Permit


class Filling:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks = Tasks()

    def __len__(self) -> int:
        return len(self._tasks)

    async def start(self, exchange: Exchange, fetched: Fetched, feed: Feed) -> None:
        """Fill it from now on, whatever becomes of the exchange."""
        permit, exchange.permit = exchange.permit, FREE
        if not self._tasks.start(self.fill(exchange, fetched, feed, permit)):
            exchange.permit = permit
            await fetched.give_up()
            exchange.served_by.cache.answered.broke(exchange, feed, ClientGone())

    async def fill(
        self, exchange: Exchange, fetched: Fetched, feed: Feed, permit: Permit
    ) -> None:
        """Read the response to its end, for all who read it and for the store."""
        answered = exchange.served_by.cache.answered
        silence = exchange.served_by.timeouts.between_bytes
        connection = fetched.connection
        try:
            while not connection.ended and feed.is_wanted:
                await feed.put(await connection.read(silence))
            if connection.ended:
                answered.ends(exchange, feed)
                feed.end()
                await fetched.finish()
            else:
                await fetched.give_up()
                answered.broke(exchange, feed, ClientGone())
        except SidecarError as error:
            permit.failed(error, self._clock.now())
            await fetched.give_up()
            answered.broke(exchange, feed, error)
        except BaseException:
            connection.discard()
            answered.broke(exchange, feed, ClientGone())
            raise
        finally:
            permit.end(self._clock.now())
