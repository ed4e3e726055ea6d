"""Arrivals: what of a response is here, and who is told of it.

It waits in the `Response` of the exchange until it is taken; what would be too much
holds the upstream back. `notify` and `gather` are for who has no task that waits.
"""

from typing import Final

from sidecar.errors import ConnectionLost, ResponseInvalid
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Bytes, Instant
from sidecar.upstream.response import Response
from sidecar.upstream.sockets import acknowledge, remains
from sidecar.upstream.tls import said_goodbye
from sidecar.upstream.wire import Listener, Wire, wake
from sidecar.upstream.wire_state import IDLE, TAKEN

UNREAD: Final[Bytes] = 64 * 1024  # of a response, before the upstream is held back

_OK: Final = 200
_RECEIVED: Final = memoryview(
    bytearray(UNREAD)
)  # for all: copied out before the next read


class Arrivals(Wire):
    __slots__ = ()

    # asyncio.BufferedProtocol

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        response = self._response
        if response is None:
            return _RECEIVED
        if response.vessel is not None:
            # Behind the body nothing may come, but that must be seen.
            return response.vessel.rest or _RECEIVED
        unread = response.buffered
        return _RECEIVED[: UNREAD - unread] if unread else _RECEIVED

    def buffer_updated(self, nbytes: int) -> None:
        if self._tunnel is not None:
            self._tunnel.received(bytes(_RECEIVED[:nbytes]))
            return
        response = self._response
        if response is None or self._state is not TAKEN:
            # An answer to nothing would be taken for that to the next request.
            self._break(ResponseInvalid("bytes before the request"))
            return
        vessel = response.vessel
        if vessel is not None and not response.complete:
            response.gathered(vessel, nbytes)
            if response.complete:
                # Once the loop has let go of where it received it.
                self._loop.call_soon(self.nudge)
            return
        begins = not response.started
        try:
            response.feed(_RECEIVED[:nbytes])
        except ResponseInvalid as error:
            self._break(error)
            return
        if begins and not response.complete:
            acknowledge(self._transport)
        self._hold_back(response)
        self.nudge()

    def eof_received(self) -> bool:
        if self._tunnel is not None:
            self._tunnel.eof()
            # Where we may still send.
            return self._transport.can_write_eof()
        if self._state is IDLE:
            self.close()
        elif self._response is not None and self._state is TAKEN:
            session = self._transport.get_extra_info("ssl_object")
            if session is None or said_goodbye(session):
                self._response.end()
        return False

    # What its taker asks

    def notify(self, due: Instant, listener: Listener) -> None:
        """Call `listener` once: when something arrived, or nothing more will."""
        self._listener = listener
        self.due = due

    def whole(self) -> ResponseHead | None:
        """The response head, if all of the response is here and nothing else is."""
        response = self._response
        if response is None or not response.complete or response.interims:
            return None
        head = response.head
        return None if head is None or head.status < _OK else head

    @property
    def got_bytes(self) -> bool:
        """Any byte of the response arrived: the upstream has acted."""
        return self._response is not None and self._response.started

    @property
    def ended(self) -> bool:
        """The response is complete, and everything of it was taken."""
        response = self._response
        return response is not None and response.complete and not response.buffered

    def take(self) -> bytes:
        """The body bytes that are here, without waiting; empty if none are."""
        data = self._exchange().take()
        if self._paused:
            self._resume()
        return data

    @property
    def unread(self) -> Bytes:
        """Body bytes that are here."""
        return self._exchange().buffered

    def head(self) -> ResponseHead | None:
        """The final head, if it is here and nobody has to be told of one before it."""
        response = self._response
        if response is None or response.interims or self._failure is not None:
            return None
        return response.head

    def gather(self) -> None:
        """Let all of a body of known length arrive before any of it is had."""
        self._exchange().gather()
        self._resume()

    def hurry(self) -> None:
        """Let what is here be had, whether or not that is all."""
        if self._response is not None and self._state is TAKEN:
            self._response.spill()
            self._hold_back(self._response)
        self.nudge()

    # How it is done

    def nudge(self) -> None:
        """Something arrived, or nothing more will, or it is time to look again."""
        listener = self._listener
        if listener is None:
            wake(self._reader)
        else:
            self._listener = None
            self.due = NEVER
            listener()

    def _hold_back(self, response: Response) -> None:
        if response.buffered >= UNREAD or response.surplus:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _hear_out(self) -> None:
        """Read what came before a write failed: why the upstream wants no more."""
        response = self._response
        if self._state is not TAKEN or response is None or response.complete:
            return
        if data := remains(self._transport, UNREAD - response.buffered):
            try:
                response.feed(data)
            except ResponseInvalid:
                return  # lost it is, whatever that was

    def _exchange(self) -> Response:
        if self._response is None:
            raise ConnectionLost("no request was sent")
        return self._response
