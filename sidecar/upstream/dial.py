"""Dial: open one connection to an endpoint, within its budget of time."""

import asyncio
import errno
import ssl

from sidecar.errors import (
    ConnectionRefused,
    ConnectTimedOut,
    PoolExhausted,
    TlsFailed,
)
from sidecar.policy.deadlines import Deadlines
from sidecar.units import Instant, Seconds
from sidecar.upstream.connection import Connection
from sidecar.upstream.endpoint import Endpoint
from sidecar.upstream.lifetime import Lifetime

# How long TLS may take to say goodbye.
FAREWELL: Seconds = 1.0
# What this process or machine has none left of, whomever it connects to.
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Dialer:
    """What the connections of one upstream have in common."""

    def __init__(
        self,
        lifetime: Lifetime,
        deadlines: Deadlines,
        context: ssl.SSLContext | None,
        server_name: str | None,
    ) -> None:
        self._lifetime = lifetime
        self._deadlines = deadlines
        self._context = context
        self._server_name = server_name
        self._loop = asyncio.get_running_loop()

    async def dial(self, endpoint: Endpoint, within: Seconds) -> Connection:
        """Connect to the first address that answers.

        Raises:
            NameNotResolved, ConnectionRefused, ConnectTimedOut, TlsFailed
            PoolExhausted: there is no descriptor or memory left to connect with.
        """
        ends = Instant(self._loop.time() + within)
        try:
            async with asyncio.timeout_at(ends):
                addresses = await endpoint.resolver.addresses()
        except TimeoutError:
            raise ConnectTimedOut("while the name was resolved") from None
        failure: ConnectionRefused | ConnectTimedOut = ConnectTimedOut()
        for position, address in enumerate(addresses):
            left = len(addresses) - position
            now = self._loop.time()
            # Each gets its share, so that a silent one leaves time for the next.
            try:
                async with asyncio.timeout_at(now + (ends - now) / left):
                    return await self._open(endpoint, address)
            except TimeoutError:
                failure = ConnectTimedOut(endpoint.label)
            except (ssl.SSLError, ssl.CertificateError) as error:
                raise TlsFailed(_reason(error)) from None
            except OSError as error:
                if error.errno in _OURS:
                    raise PoolExhausted(error.strerror or str(error)) from None
                failure = ConnectionRefused(error.strerror or str(error))
            endpoint.resolver.failed(address)
        raise failure

    async def _open(self, endpoint: Endpoint, address: str) -> Connection:
        target = endpoint.address

        def made() -> Connection:
            return Connection(endpoint, address, self._deadlines, self._lifetime)

        if target.path is not None:
            _, connection = await self._loop.create_unix_connection(made, target.path)
        elif not target.tls:
            _, connection = await self._loop.create_connection(
                made, address, target.port
            )
        else:
            _, connection = await self._loop.create_connection(
                made,
                address,
                target.port,
                ssl=self._context,
                server_hostname=self._server_name or target.host,
                ssl_shutdown_timeout=FAREWELL,
            )
        return connection


def _reason(error: ssl.SSLError | ssl.CertificateError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    return str(error.reason or error)
