import asyncio

import pytest

from sidecar.errors import (
    ConnectionLost,
    ResponseIncomplete,
    ResponseInvalid,
    ResponseStalled,
    ResponseTimedOut,
    SidecarError,
)
from sidecar.units import NEVER
from tests.upstream.exchange import ask, body, get, request, send, soon, taken, until
from tests.upstream.origin import Origin, cut, hold, replies

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
HEAD = b"PUT / HTTP/1.1\r\nContent-Length: 33554432\r\n\r\n"
UNTIL_CLOSE = OK + b"\r\nhello"


@pytest.mark.parametrize(
    ("rule", "answer", "method", "content", "reusable"),
    [
        ("by its length", HELLO, "GET", b"hello", True),
        ("in chunks", CHUNKED, "GET", b"hello", True),
        ("with trailers", CHUNKED[:-2] + b"X: y\r\n\r\n", "GET", b"hello", True),
        ("to HEAD", HELLO[:-5], "HEAD", b"", True),
        ("a body to HEAD", HELLO, "HEAD", b"", False),
        ("a body on 204", b"HTTP/1.1 204 N\r\n\r\nhello", "GET", b"", False),
        ("a body on 304", b"HTTP/1.1 304 N\r\n\r\nhello", "GET", b"", False),
        ("more than its length", HELLO + b"!", "GET", b"hello", False),
        ("more than its chunks", CHUNKED + b"!", "GET", b"hello", False),
        ("a second response", HELLO + HELLO, "GET", b"hello", False),
        ("close", HELLO.replace(b"C", b"Connection: close\r\nC", 1), "GET", b"hello", False),
        ("HTTP/1.0", HELLO.replace(b"1.1", b"1.0"), "GET", b"hello", False),
        ("100 first", b"HTTP/1.1 100 C\r\n\r\n" + HELLO, "GET", b"hello", True),
        ("103 first", b"HTTP/1.1 103 E\r\n\r\n" + HELLO, "GET", b"hello", True),
    ],
)  # fmt: skip
async def test_responses(rule, answer, method, content, reusable, upstream):
    async with Origin(replies(answer)) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        head, got = await ask(connection, method)
        assert got == content
        assert connection.ended
        assert head.fields is not None
        connection.release()
        assert backend.counts()["idle"] == int(reusable)
        assert backend.counts()["active"] == 0


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("another protocol", b"SSH-2.0-OpenSSH\r\n"),
        ("bare line feeds", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        ("a length and a coding", OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("another version", b"HTTP/9.9 200 OK\r\n\r\n"),
        ("101 unasked", b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        ("2000 interim ones", b"HTTP/1.1 102 P\r\n\r\n" * 2000),
        ("a field of a megabyte", OK + b"A: " + b"b" * 1_000_000 + b"\r\n\r\n"),
        ("5000 fields", OK + b"A: b\r\n" * 5000 + b"\r\n"),
        ("a bad chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n"),
    ],
)  # fmt: skip
async def test_bad_responses(rule, answer, upstream):
    async with Origin(replies(answer)) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        with pytest.raises(ResponseInvalid):
            await ask(connection)
        connection.release()
        assert set(backend.counts().values()) == {0}
        await until(lambda: not origin.open)


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("whole", [HELLO, CHUNKED], ids=["length", "chunked"])
async def test_a_cut_response_never_looks_whole(whole, reset, upstream):
    async with Origin(hold) as origin:
        backend = upstream(origin.address)
        for size in range(len(whole)):
            origin.script = cut(whole[:size], reset=reset)
            with pytest.raises((ConnectionLost, ResponseIncomplete)) as failure:
                await get(backend)
            if size == 0:
                assert failure.type is ConnectionLost
            elif not reset:
                assert failure.type is ResponseIncomplete
        assert set(backend.counts().values()) == {0}


@pytest.mark.parametrize("whole", [HELLO, CHUNKED, UNTIL_CLOSE])
async def test_what_ends_after_its_end_is_whole(whole, upstream):
    async with Origin(cut(whole)) as origin:
        assert await get(upstream(origin.address)) == (200, b"hello")


async def test_a_reset_does_not_end_what_lasts_until_close(upstream):
    async with Origin(cut(UNTIL_CLOSE, reset=True)) as origin:
        with pytest.raises((ConnectionLost, ResponseIncomplete)):
            await get(upstream(origin.address))


async def test_interim_responses_are_told_as_they_come(upstream):
    told, go_on = [], asyncio.Event()

    async def script(peer):
        await peer.request()
        peer.write(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: <a>\r\n\r\n")
        await go_on.wait()
        peer.write(HELLO)

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        response = asyncio.create_task(connection.response(soon(), told.append))
        await until(lambda: told)
        assert (told[0].status, told[0].fields) == (103, [(b"Link", b"<a>")])
        assert not response.done()
        go_on.set()
        assert (await response).status == 200
        assert await body(connection) == b"hello"
        connection.release()


async def test_a_response_that_does_not_come_times_out(upstream):
    async with Origin(hold) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        with pytest.raises(ResponseTimedOut):
            await connection.response(soon(0.02))
        assert not connection.got_bytes
        connection.release()
        await until(lambda: not origin.open)


async def test_a_waiting_response_may_be_given_more_time_or_less(upstream):
    async with Origin(hold) as origin:
        connection = await taken(upstream(origin.address))
        connection.extend(soon(-1))  # nobody waits: says nothing
        send(connection)
        waiting = asyncio.create_task(connection.response(soon(0.5)))
        await until(lambda: connection.due != NEVER)
        connection.extend(NEVER)
        await asyncio.wait((waiting,), timeout=0.8)
        assert not waiting.done()
        connection.extend(soon(0))
        with pytest.raises(ResponseTimedOut):
            await waiting


async def test_an_interim_response_keeps_the_extended_deadline(upstream):
    async def script(peer):
        await peer.request()
        peer.write(b"HTTP/1.1 103 E\r\n\r\n")
        await peer.gone()

    told = []
    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        connection.send(b"GET", request())
        waiting = asyncio.create_task(connection.response(NEVER, told.append))
        await asyncio.sleep(0)
        connection.extend(soon(0.1))
        await until(lambda: told)
        with pytest.raises(ResponseTimedOut):
            await asyncio.wait_for(waiting, 30)


async def test_a_body_that_falls_silent_stalls(upstream):
    async def script(peer):
        await peer.request()
        peer.write(HELLO[:-2])
        await peer.gone()

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        await connection.response(soon())
        assert await connection.read(0.02) == b"hel"
        with pytest.raises(ResponseStalled):
            await connection.read(0.02)
        assert not connection.ended
        connection.release()
        await until(lambda: not origin.open)


async def test_a_small_response_is_there_at_once(upstream):
    async with Origin(replies(HELLO)) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        await connection.response(soon())
        assert connection.take() == b"hello"
        assert connection.ended
        connection.release()


async def test_a_request_in_pieces_arrives_as_written(upstream):
    async def script(peer):
        origin.diary.append(await peer.request())
        peer.write(HELLO)
        await peer.gone()

    async with Origin(script) as origin:
        whole = request("POST", body=b"x" * 200_000)
        backend = upstream(origin.address)
        connection = await taken(backend)
        connection.send(b"POST", whole[:100], whole[100:150])
        for start in range(150, len(whole), 50_000):
            connection.write(whole[start : start + 50_000])
            await connection.drained()
        connection.request_done()
        await connection.response(soon())
        assert connection.take() == b"hello"
        connection.release()
        assert origin.diary == [whole]
        assert backend.counts()["idle"] == 1


async def test_an_early_response_is_read_but_not_trusted(upstream):
    async def script(peer):
        await peer.head()
        peer.write(HELLO)
        await peer.gone()

    async with Origin(script) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        connection.send(b"POST", request("POST", body=b"x" * 100)[:-50])
        assert (await connection.response(soon())).status == 200
        assert await body(connection) == b"hello"
        connection.release()
        assert set(backend.counts().values()) == {0}
        await until(lambda: not origin.open)


async def test_an_early_response_to_what_then_completes_is_as_good_as_any(upstream):
    async def script(peer):
        await peer.head()
        peer.write(HELLO)
        origin.diary.append(await peer.reader.readexactly(100))
        await peer.gone()

    async with Origin(script) as origin:
        whole = request("POST", body=b"x" * 100)
        backend = upstream(origin.address)
        connection = await taken(backend)
        connection.send(b"POST", whole[:-50])
        assert (await connection.response(soon())).status == 200
        connection.write(whole[-50:])
        connection.request_done()
        assert await body(connection) == b"hello"
        connection.release()
        assert backend.counts()["idle"] == 1
        await until(lambda: origin.diary == [b"x" * 100])


async def test_what_was_not_read_is_not_pooled(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        send(connection)
        await connection.response(soon())
        connection.release()
        assert set(backend.counts().values()) == {0}


async def test_what_was_never_used_may_be_given_back(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        connection.release()
        connection.release()
        connection.discard()
        assert backend.counts()["idle"] == 1
        assert backend.idle() is connection
        assert connection.reused
        connection.discard()


async def test_an_upstream_that_does_not_read_holds_the_request_back(upstream):
    go_on = asyncio.Event()

    async def script(peer):
        peer.writer.transport.pause_reading()
        await go_on.wait()
        peer.writer.transport.resume_reading()
        origin.diary.append(len(await peer.request()))

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        part = b"x" * 65536
        connection.send(b"PUT", HEAD)
        written = 0

        async def upload():
            nonlocal written
            while written < 33554432:
                connection.write(part)
                written += len(part)
                await connection.drained()

        task = asyncio.create_task(upload())
        await until(lambda: not connection._writable)
        assert written < 33554432
        assert connection._transport.get_write_buffer_size() <= 128 * 1024
        go_on.set()
        await task
        await until(lambda: origin.diary)
        assert origin.diary == [33554432 + len(HEAD)]
        connection.discard()


async def test_who_waits_to_send_learns_that_the_connection_is_lost(upstream):
    lose = asyncio.Event()

    async def script(peer):
        peer.writer.transport.pause_reading()
        await lose.wait()
        peer.rst()

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        connection.send(b"PUT", b"PUT / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
        connection.write(b"x" * 33554432)
        waiting = asyncio.create_task(connection.drained())
        response = asyncio.create_task(connection.response(soon()))
        await asyncio.sleep(0)
        lose.set()
        for task in (waiting, response):
            with pytest.raises(ConnectionLost):
                await task
        connection.write(b"x")
        with pytest.raises(ConnectionLost):
            await connection.drained()


async def test_a_client_that_does_not_read_holds_the_upstream_back(upstream):
    size = 32 * 1024 * 1024

    async def script(peer):
        await peer.request()
        peer.write(OK + b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            await peer.send(b"x" * 65536)
            origin.diary.append(65536)
        await peer.gone()

    async with Origin(script) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        send(connection)
        await connection.response(soon())
        still = 0
        while len(origin.diary) > still:  # until the origin's writes stop
            still = len(origin.diary)
            await asyncio.sleep(0.05)
        assert still < size // 65536
        assert connection._response is not None
        assert connection._response.buffered <= 64 * 1024
        total = 0
        while part := await connection.read(5):
            assert len(part) <= 64 * 1024
            total += len(part)
        assert total == size
        connection.release()
        assert backend.counts()["idle"] == 1


async def test_a_close_that_was_held_back_is_seen_in_the_end(upstream):
    async with Origin(cut(OK + b"\r\n" + b"x" * 300_000)) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        await connection.response(soon())
        await until(lambda: connection._paused)
        assert len(await body(connection)) == 300_000
        connection.release()


@pytest.mark.parametrize("wait", ["response", "read", "drained"])
async def test_cancelled_anywhere_nothing_is_left(wait, upstream):
    async def script(peer):
        await peer.head()
        if wait == "read":
            peer.write(HELLO[:-1])
        if wait == "drained":
            peer.writer.transport.pause_reading()
        await peer.gone()

    async def exchange():
        connection = await taken(backend)
        try:
            send(connection)
            if wait == "drained":
                connection.write(b"x" * 33554432)
                await connection.drained()
            await connection.response(soon())
            reached.set()
            await body(connection)
            connection.release()
        finally:
            connection.discard()

    reached = asyncio.Event()
    async with Origin(script) as origin:
        backend = upstream(origin.address)
        task = asyncio.create_task(exchange())
        await until(lambda: reached.is_set() if wait == "read" else origin.open)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert set(backend.counts().values()) == {0}


@pytest.mark.parametrize("wait", ["response", "read"])
async def test_a_cancelled_wait_closes_the_connection_by_itself(wait, upstream):
    async def script(peer):
        await peer.head()
        peer.write(b"" if wait == "response" else HELLO[:-5])
        await peer.gone()

    async with Origin(script) as origin:
        backend = upstream(origin.address)
        connection = await taken(backend)
        send(connection)
        if wait == "read":
            await connection.response(soon())
        waiting = asyncio.create_task(
            connection.read(5) if wait == "read" else connection.response(soon())
        )
        await until(lambda: connection._reader is not None)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert set(backend.counts().values()) == {0}
        await until(lambda: not origin.open)


async def test_whoever_waits_learns_that_it_was_discarded(upstream):
    async with Origin(hold) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        waiting = asyncio.create_task(connection.response(soon()))
        await asyncio.sleep(0)
        connection.discard()
        with pytest.raises(SidecarError):
            await waiting


async def test_nothing_can_be_read_before_a_request(upstream):
    async with Origin(hold) as origin:
        connection = await taken(upstream(origin.address))
        with pytest.raises(ConnectionLost):
            await connection.response(soon())
        assert not connection.got_bytes
        assert not connection.ended
        connection.discard()
