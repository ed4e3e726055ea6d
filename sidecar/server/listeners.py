"""Listeners: the sockets that a worker accepts connections on."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from sidecar.config.addresses import Listen
from sidecar.config.schema import Config

BACKLOG = 4096

Door: TypeAlias = Callable[[], asyncio.BaseProtocol]
"""Makes the protocol of one connection."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The sockets of a sidecar, bound and not yet accepting."""

    clients: tuple[socket.socket, ...]
    health: socket.socket
    admin: socket.socket

    @classmethod
    def of(cls, config: Config) -> Self:
        """Raises CannotListen."""
        with ExitStack() as stack:

            def opened(address: Listen, flag: str) -> socket.socket:
                return stack.enter_context(_opened(address, flag))

            found = cls(
                tuple(opened(address, "--listen") for address in config.listen),
                opened(config.health.listen, "--health"),
                opened(config.admin.listen, "--admin"),
            )
            stack.pop_all()
        return found

    @property
    def others(self) -> tuple[socket.socket, ...]:
        return (self.health, self.admin)

    @property
    def ready_line(self) -> str:
        """What is said when connections are accepted."""
        sockets = (*self.clients, *self.others)
        *clients, health, admin = [url(bound(one)) for one in sockets]
        return (
            f"sidecar ready on {', '.join(clients)} (health {health}, admin {admin})\n"
        )


class CannotListen(Exception):
    """A listener could not be opened; the text is for the user."""


def open_socket(address: Listen) -> socket.socket:
    """Bind and return a socket, ready to listen.

    Raises:
        CannotListen: with the address and the system's reason.
    """
    family = _family(address)
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        if address.path:
            _clear(address.path)
            one.bind(address.path)
        else:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address.host == "::":
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            one.bind((address.host, address.port))
        one.setblocking(False)
    except OSError as error:
        one.close()
        message = f"cannot listen on {address}: {error.strerror or error}"
        raise CannotListen(message) from error
    return one


def bound(one: socket.socket) -> Listen:
    """Return where `one` really listens: its port is known only now."""
    if one.family == socket.AF_UNIX:
        return Listen("", 0, one.getsockname())
    host, port = one.getsockname()[:2]
    return Listen(host, port)


def listen(one: socket.socket, backlog: int = BACKLOG) -> None:
    """Have the system take connections; another's address may show only now.

    Raises:
        CannotListen
    """
    try:
        one.listen(backlog)
    except OSError as error:
        message = f"cannot listen on {bound(one)}: {error.strerror or error}"
        raise CannotListen(message) from error


async def serve(sockets: Sequence[socket.socket], door: Door) -> list[asyncio.Server]:
    """Raises CannotListen."""
    for one in sockets:
        listen(one)
    loop = asyncio.get_running_loop()
    return [
        await (
            loop.create_unix_server(door, sock=one, backlog=BACKLOG)
            if one.family == socket.AF_UNIX
            else loop.create_server(door, sock=one, backlog=BACKLOG)
        )
        for one in sockets
    ]


def url(address: Listen) -> str:
    """Return what a person types to get there."""
    return str(address) if address.path else f"http://{address}"


def _opened(address: Listen, flag: str) -> socket.socket:
    try:
        return open_socket(address)
    except CannotListen as error:
        raise CannotListen(f"{error}; {flag} ADDR takes another") from error


def _family(address: Listen) -> socket.AddressFamily:
    if address.path:
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET


def _clear(path: str) -> None:
    """Remove a socket that nobody listens on any more; a file is not ours to take."""
    if not Path(path).is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
