import asyncio
import resource
import socket
from contextlib import contextmanager

import pytest

from sidecar.errors import (
    ConnectionRefused,
    ConnectTimedOut,
    NameNotResolved,
    PoolExhausted,
)
from sidecar.upstream.checks import HealthCheck
from sidecar.upstream.endpoint import Address
from tests.upstream.exchange import get, soon, taken, until
from tests.upstream.origin import Origin, hold, replies

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def nobody():
    """An address where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield Address("127.0.0.1", sock.getsockname()[1])


@pytest.fixture
def silent():
    """An address whose queue is full: a connection is never accepted."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(sock.getsockname())
            waiting.append(one)
        yield Address("127.0.0.1", sock.getsockname()[1])
        for one in waiting:
            one.close()


def named(*addresses):
    async def lookup(host, port):
        return addresses

    return lookup


async def test_nobody_listens(nobody, upstream):
    backend = upstream(nobody)
    with pytest.raises(ConnectionRefused):
        await taken(backend)
    assert set(backend.counts().values()) == {0}
    assert not backend.contacted
    assert backend.last_error
    assert backend.failing_since is not None


@contextmanager
def no_descriptors():
    """Nothing can be opened meanwhile, whatever is closed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("checked", [None, HealthCheck(b"/", interval=0.01)])
async def test_nothing_to_connect_with_is_not_the_upstreams_fault(checked, upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, origin.address, health=checked)
        with no_descriptors():
            for _ in range(10):
                with pytest.raises(PoolExhausted):
                    await backend.acquire(connect=1.0, due=soon())
                await asyncio.sleep(0.01)
        now = asyncio.get_running_loop().time()
        assert [one for one in backend.endpoints if one.shunned_until > now] == []
        assert backend.last_error is None
        assert await get(backend) == (200, b"hello")


async def test_nobody_accepts(silent, upstream):
    backend = upstream(silent)
    with pytest.raises(ConnectTimedOut):
        await backend.acquire(connect=0.05, due=soon())
    assert set(backend.counts().values()) == {0}


async def test_a_socket_that_is_not_there(tmp_path, upstream):
    backend = upstream(Address.parse(f"unix:{tmp_path}/none.sock"))
    with pytest.raises(ConnectionRefused):
        await taken(backend)


async def test_a_unix_socket(tmp_path, upstream):
    origin = Origin(replies(HELLO))
    await origin.start_unix(str(tmp_path / "app.sock"))
    try:
        assert await get(upstream(origin.address)) == (200, b"hello")
    finally:
        await origin.stop()


async def test_a_name_that_does_not_resolve(upstream):
    async def lookup(host, port):
        raise OSError(-2, "unknown name")

    backend = upstream(Address("app", 80), lookup=lookup)
    with pytest.raises(NameNotResolved):
        await taken(backend)
    assert set(backend.counts().values()) == {0}


async def test_a_name_that_takes_too_long(upstream):
    async def lookup(host, port):
        await asyncio.Event().wait()

    backend = upstream(Address("app", 80), lookup=lookup)
    with pytest.raises(ConnectTimedOut):
        await backend.acquire(connect=0.05, due=soon())


async def test_the_next_address_is_tried_when_one_refuses(upstream):
    async with Origin(replies(HELLO)) as origin:
        addresses = named("127.0.0.2", "127.0.0.3", "127.0.0.1")
        backend = upstream(Address("app", origin.port), lookup=addresses)
        for _ in range(3):
            connection = await taken(backend, fresh=True)
            assert connection.address == "127.0.0.1"
            connection.discard()


async def test_the_next_address_is_tried_when_one_is_silent(silent, upstream):
    async with Origin(replies(HELLO)) as origin:
        # 127.0.0.1 at the silent one's port never answers; ::1 does.
        other = await origin_at("::1", silent.port)
        try:
            backend = upstream(
                Address("app", silent.port), lookup=named("::1", "127.0.0.1")
            )
            connection = await backend.acquire(connect=2.0, due=soon())
            assert connection.address == "::1"
            connection.discard()
        finally:
            await other.stop()
        assert origin.accepted == 0


async def origin_at(host: str, port: int) -> Origin:
    return await Origin(hold).start(host, port)


async def test_the_last_good_address_serves_while_names_fail(upstream):
    answers = [["127.0.0.1"]]

    async def lookup(host, port):
        if not answers:
            raise OSError(-3, "try again")
        return answers.pop()

    async with Origin(replies(HELLO)) as origin:
        backend = upstream(Address("app", origin.port), lookup=lookup)
        assert await get(backend) == (200, b"hello")
        backend.endpoints[0].resolver.due = soon(0)
        await until(lambda: backend.endpoints[0].resolver._error)
        connection = await taken(backend, fresh=True)
        assert connection.address == "127.0.0.1"
        connection.discard()


async def test_idle_connections_to_a_former_address_are_closed(upstream):
    answers = [["127.0.0.2"], ["127.0.0.1"]]

    async def lookup(host, port):
        return answers.pop()

    async with Origin(replies(HELLO)) as origin:
        backend = upstream(Address("app", origin.port), lookup=lookup)
        await get(backend)
        assert backend.counts()["idle"] == 1
        backend.endpoints[0].resolver.due = soon(0)
        await until(lambda: not backend.counts()["idle"])
        await until(lambda: not origin.open)


async def test_cancelled_while_connecting(silent, upstream):
    backend = upstream(silent)
    task = asyncio.create_task(taken(backend))
    await until(lambda: backend.counts()["connecting"])
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(backend.counts().values()) == {0}
