"""Tunnels: each end by itself, and the upstream's on real connections."""

import asyncio

import pytest

from sidecar.upstream.tunnel import End
from tests.server.wire import Wire, transport
from tests.upstream.exchange import request, soon, taken, until
from tests.upstream.origin import Origin

SWITCHING = b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n"


class Receiver:
    """The client's end, as a diary."""

    def __init__(self) -> None:
        self.got = b""
        self.diary: list[str] = []

    def received(self, data: bytes) -> None:
        self.got += data

    def eof(self) -> None:
        self.diary.append("eof")

    def lost(self) -> None:
        self.diary.append("lost")

    def pause(self) -> None:
        self.diary.append("pause")

    def resume(self) -> None:
        self.diary.append("resume")


async def switched(backend):
    connection = await taken(backend)
    connection.send(b"GET", request(), upgrade=True)
    connection.request_done()
    assert (await connection.response(soon())).status == 101
    return connection


def told(*events, wire):
    end = End(transport(wire), wire.close)
    for name, *arguments in events:
        getattr(end, name)(*arguments)
    return wire.diary


ALL = [("received", b"x"), ("pause",), ("resume",), ("eof",), ("lost",)]


def test_an_end_does_as_it_is_told():
    expected = ["write", "pause", "resume", "eof", "close"]
    assert told(*ALL, wire=Wire()) == expected


def test_a_closing_transport_is_told_nothing_but_the_end():
    wire = Wire()
    wire.closing = True
    assert told(*ALL, wire=wire) == ["close"]


@pytest.mark.parametrize("half_closes", [True, False])
def test_where_one_way_cannot_end_both_do(half_closes):
    wire = Wire()
    wire.half_closes = half_closes
    assert told(("eof",), wire=wire) == (["eof"] if half_closes else ["close"])


async def test_bytes_pass_both_ways(upstream):
    async def script(peer):
        await peer.request()
        await peer.send(SWITCHING + b"early")
        while data := await peer.reader.read(100):
            peer.write(data.upper())
        await peer.send(b" bye")
        peer.fin()

    async with Origin(script) as origin:
        backend, client = upstream(origin.address), Receiver()
        connection = await switched(backend)
        await until(lambda: connection._response.buffered)
        tunnel = connection.tunnel(client)
        assert client.got == b"early"
        tunnel.received(b" one")
        tunnel.received(b" two")
        await until(lambda: client.got == b"early ONE TWO")
        assert backend.counts()["active"] == 1
        tunnel.eof()
        await until(lambda: client.diary)
        assert client.got == b"early ONE TWO bye"
        assert client.diary[0] == "eof"
        tunnel.lost()
        await until(lambda: client.diary == ["eof", "lost"])
        assert set(backend.counts().values()) == {0}


async def test_the_upstreams_end_leaves_the_other_way_open(upstream):
    async def script(peer):
        await peer.request()
        peer.write(SWITCHING)
        peer.writer.write_eof()
        origin.diary.append(await peer.gone())

    async with Origin(script) as origin:
        client = Receiver()
        connection = await switched(upstream(origin.address))
        tunnel = connection.tunnel(client)
        await until(lambda: "eof" in client.diary)
        tunnel.received(b"still here")
        tunnel.lost()
        await until(lambda: origin.diary == [b"still here"])


async def test_each_side_is_held_back_by_the_other(upstream):
    go_on = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(SWITCHING)
        peer.writer.transport.pause_reading()
        await go_on.wait()
        peer.writer.transport.resume_reading()
        await peer.send(b"x" * 1000)
        await peer.gone()

    async with Origin(script) as origin:
        client = Receiver()
        connection = await switched(upstream(origin.address))
        tunnel = connection.tunnel(client)
        tunnel.received(b"x" * 33554432)
        assert client.diary == ["pause"]
        tunnel.pause()
        go_on.set()
        await until(lambda: client.diary == ["pause", "resume"])
        await asyncio.sleep(0.05)
        assert client.got == b""
        tunnel.resume()
        await until(lambda: len(client.got) == 1000)
        tunnel.lost()


async def test_a_reset_is_told(upstream):
    async def script(peer):
        await peer.request()
        await peer.send(SWITCHING)
        await peer.reader.readexactly(1)
        peer.rst()

    async with Origin(script) as origin:
        backend, client = upstream(origin.address), Receiver()
        tunnel = (await switched(backend)).tunnel(client)
        tunnel.received(b"x")
        await until(lambda: "lost" in client.diary)
        assert set(backend.counts().values()) == {0}
        tunnel.pause()
        tunnel.resume()
        tunnel.received(b"late")
        tunnel.eof()
        tunnel.lost()


async def test_an_upstream_that_was_lost_already_is_told_at_once(upstream):
    async def script(peer):
        await peer.request()
        await peer.send(SWITCHING + b"last words")
        peer.fin()

    async with Origin(script) as origin:
        backend, client = upstream(origin.address), Receiver()
        connection = await switched(backend)
        await until(lambda: not backend.counts()["active"])
        connection.tunnel(client)
        assert (client.got, client.diary) == (b"last words", ["lost"])


async def test_an_upstream_that_reads_no_more_cannot_hold_a_tunnel_open(upstream):
    async def script(peer):
        await peer.request()
        await peer.send(SWITCHING)
        peer.writer.transport.pause_reading()
        await asyncio.Event().wait()

    async with Origin(script) as origin:
        backend, client = upstream(origin.address), Receiver()
        connection = await switched(backend)
        tunnel = connection.tunnel(client)
        tunnel.received(b"x" * 33554432)
        tunnel.lost()
        connection.due = soon(0)  # instead of waiting for FAREWELL
        await until(lambda: "lost" in client.diary)
        assert set(backend.counts().values()) == {0}
