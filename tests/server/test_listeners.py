"""Sockets that are opened, said, and served on."""

import asyncio
import socket

import pytest

from sidecar.config.addresses import Listen
from sidecar.config.load import Overrides, load
from sidecar.server.listeners import (
    CannotListen,
    Opened,
    bound,
    listen,
    open_socket,
    serve,
    url,
)

ANY = Listen("127.0.0.1", 0)


def test_a_free_port_is_known_when_it_is_bound():
    with open_socket(ANY) as one:
        where = bound(one)
        assert where.port > 0
        assert url(where) == f"http://127.0.0.1:{where.port}"


def test_a_port_that_is_taken_is_said():
    with open_socket(ANY) as one:
        one.listen()
        with pytest.raises(
            CannotListen, match=f"cannot listen on 127.0.0.1:{bound(one).port}: "
        ):
            open_socket(bound(one))


@pytest.mark.parametrize("name", ["listen", "health", "admin"])
def test_what_takes_another_port_is_said(name, tmp_path):
    with open_socket(ANY) as one:
        one.listen()
        taken = str(bound(one))
        addresses = dict.fromkeys(("listen", "health", "admin"), "127.0.0.1:0")
        overrides = Overrides("http://127.0.0.1:1", **{**addresses, name: taken})
        config = load(None, environ={}, overrides=overrides).config
        wanted = f"^cannot listen on {taken}: .*; --{name} ADDR takes another$"
        with pytest.raises(CannotListen, match=wanted):
            Opened.of(config)


def test_an_address_that_another_took_meanwhile_is_said():
    with open_socket(ANY) as one, open_socket(bound(one)) as other:
        listen(one)
        with pytest.raises(CannotListen, match="cannot listen on"):
            listen(other)


def test_a_unix_socket(tmp_path):
    address = Listen("", 0, str(tmp_path / "s"))
    with open_socket(address) as one:
        assert bound(one) == address
        assert url(address) == f"unix:{tmp_path / 's'}"
        one.listen()
        with pytest.raises(CannotListen):
            open_socket(address)
    # Left behind by one that is gone, it is taken over.
    open_socket(address).close()


def test_a_file_is_not_ours_to_take(tmp_path):
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(CannotListen):
        open_socket(Listen("", 0, str(path)))
    assert path.read_text() == "precious"


@pytest.mark.parametrize("unix", [True, False])
async def test_serve_calls_the_door(unix, tmp_path):
    address = Listen("", 0, str(tmp_path / "s")) if unix else ANY

    class Hello(asyncio.Protocol):
        def connection_made(self, transport):
            transport.write(b"hello")
            transport.close()

    one = open_socket(address)
    where = one.getsockname()
    (server,) = await serve([one], Hello)
    family = socket.AF_UNIX if unix else socket.AF_INET
    with socket.socket(family) as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, where)
        assert await asyncio.get_running_loop().sock_recv(client, 9) == b"hello"
    server.close()
    await server.wait_closed()
