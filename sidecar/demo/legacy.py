"""Legacy: the demo's backend, an application as one finds them.

It is slow where it lists, answers in bulk without compression, drops every
third order, hangs on another, and speaks Server-Sent Events and
WebSocket. Runs as a process of its own (`python -m sidecar.demo.legacy PORT`) and
ends when its standard input does, so that it never outlives the demo.
"""

import asyncio
import contextlib
import itertools
import json
import sys
from datetime import UTC, datetime
from typing import Final

from aiohttp import WSMsgType, web

LIST_DELAY: Final = 0.4  # seconds; a query without an index
HANG: Final = 600.0
TICK: Final = 1.0
UPLOAD_LIMIT: Final = 64 * 1024 * 1024
FAILS_EVERY: Final = 3

PAGE: Final = """<!doctype html>
<title>Legacy backend</title>
<h1>Legacy backend</h1>
<ul>
<li><a href="/api/products">/api/products</a>: a slow list
<li><a href="/api/export">/api/export</a>: 250 KB of JSON, never compressed
<li>/api/orders: takes orders, and drops every third
<li><a href="/reports/annual">/reports/annual</a>: hangs
<li><a href="/clock">/clock</a>: Server-Sent Events, one a second
<li>/echo: a WebSocket that repeats what it is told
<li>/upload: takes what it is sent
</ul>
"""
PRODUCTS: Final = [
    {"id": number, "name": f"Product {number}", "price": f"{number}.99"}
    for number in range(1, 21)
]
EXPORT: Final = json.dumps(
    [
        {
            "id": number,
            "customer": f"customer-{number % 97:04}",
            "status": "delivered" if number % 7 else "returned",
            "note": "Left with the neighbour, second floor, as agreed.",
        }
        for number in range(1, 2001)
    ]
)
CALLS: Final = web.AppKey("CALLS", itertools.count)


async def index(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def products(_: web.Request) -> web.Response:
    await asyncio.sleep(LIST_DELAY)
    return web.json_response(PRODUCTS)


async def export(_: web.Request) -> web.Response:
    return web.Response(text=EXPORT, content_type="application/json")


async def order(request: web.Request) -> web.Response:
    calls = request.app[CALLS]
    number = next(calls)
    if number % FAILS_EVERY == 0 and request.transport is not None:
        request.transport.abort()
    return web.json_response({"order": number}, status=201)


async def report(_: web.Request) -> web.Response:
    await asyncio.sleep(HANG)
    return web.Response(text="The annual report.")


async def upload(request: web.Request) -> web.Response:
    received = 0
    async for chunk in request.content.iter_any():
        received += len(chunk)
        if received > UPLOAD_LIMIT:
            raise web.HTTPRequestEntityTooLarge(UPLOAD_LIMIT, received)
    return web.json_response({"received": received})


async def clock(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the listener left
        while True:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            await response.write(f"event: tick\ndata: {now}\n\n".encode())
            await asyncio.sleep(TICK)
    return response


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


def application() -> web.Application:
    app = web.Application()
    app[CALLS] = itertools.count(1)
    app.add_routes(
        [
            web.get("/", index),
            web.get("/api/products", products),
            web.get("/api/export", export),
            web.post("/api/orders", order),
            web.get("/reports/annual", report),
            web.post("/upload", upload),
            web.get("/clock", clock),
            web.get("/echo", echo),
        ]
    )
    return app


async def serve(port: int) -> None:
    """Serve until standard input ends."""
    runner = web.AppRunner(
        application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    host, bound = runner.addresses[0][:2]
    sys.stderr.write(f"legacy ready on http://{host}:{bound}\n")
    sys.stderr.flush()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
