"""Plain aiohttp: the proxy one would write with aiohttp alone, as the baseline.

Low-level server, one tuned client session, uvloop: what its manual offers for speed
is used. It checks nothing and has no time limits; so it is cheaper than a real one.
Arguments: the port to listen on, the port of the origin, "on" or "off" for the log.
"""

import asyncio
import logging
import sys

import uvloop
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from yarl import URL

SMALL = 64 * 1024
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)


class Proxy:
    """Sends every request to one origin."""

    def __init__(self, session: ClientSession, origin: int) -> None:
        self._session = session
        self._origin = f"http://127.0.0.1:{origin}"

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return what the origin answers."""
        if request.method == "OPTIONS" and request.headers.get("Max-Forwards") == "0":
            return web.Response()
        fields = [
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in HOP_BY_HOP
        ]
        async with self._session.request(
            request.method,
            URL(self._origin + request.raw_path, encoded=True),
            headers=fields,
            data=request.content if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            headers = answer.headers.copy()
            for name in HOP_BY_HOP:
                headers.popall(name, None)
            length = answer.content_length
            if length is not None and length <= SMALL:
                body = await answer.read()
                headers.popall("Content-Length", None)
                return web.Response(status=answer.status, headers=headers, body=body)
            stream = web.StreamResponse(status=answer.status, headers=headers)
            await stream.prepare(request)
            async for chunk in answer.content.iter_any():
                await stream.write(chunk)
            return stream


async def serve(port: int, origin: int, *, log: bool) -> None:
    """Serve until cancelled."""
    connector = TCPConnector(limit=256, keepalive_timeout=60)
    async with ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None),
    ) as session:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        access_log = logging.getLogger("aiohttp.access") if log else None
        server = web.Server(Proxy(session, origin), access_log=access_log)
        runner = web.ServerRunner(server, keepalive_timeout=600)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve(int(sys.argv[1]), int(sys.argv[2]), log=sys.argv[3] == "on"))
