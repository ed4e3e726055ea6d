"""Plugin for the suite of `requests`: its httpbin is a URL, the outside is closed.

Loaded by name into the pytest that runs that suite. `HTTPBIN_URL` says where
httpbin is. A connect or a look-up that leaves loopback is refused, and written
to the file `REFUSALS`.
"""

import ipaddress
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest


@dataclass(frozen=True)
class Httpbin:
    url: str


@pytest.fixture(scope="session")
def httpbin() -> Httpbin:
    return Httpbin(os.environ["HTTPBIN_URL"])


def pytest_runtest_setup(item: pytest.Item) -> None:
    Guard.running = item.nodeid


class Guard:
    """Stands before the calls of the socket module that reach out."""

    running = ""

    @staticmethod
    def refuse(error: Callable[[str], OSError], where: object) -> NoReturn:
        with Path(os.environ["REFUSALS"]).open("a") as file:
            file.write(f"{Guard.running} {where}\n")
        raise error(f"not loopback: {where}")

    @staticmethod
    def is_loopback(host: object) -> bool:
        if isinstance(host, bytes):
            host = host.decode("latin-1")
        if host in (None, "", "localhost"):
            return True
        try:
            address = ipaddress.ip_address(str(host).partition("%")[0])
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified

    @staticmethod
    def connecting(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and not Guard.is_loopback(address[0]):
                Guard.refuse(PermissionError, address)
            return real(self, address)

        return connect

    @staticmethod
    def resolving(real: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(host: Any, *arguments: Any, **named: Any) -> Any:
            if not Guard.is_loopback(host):
                Guard.refuse(socket.gaierror, host)
            return real(host, *arguments, **named)

        return resolve


def pytest_configure() -> None:
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, Guard.connecting(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, Guard.resolving(getattr(socket, name)))
