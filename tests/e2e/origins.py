"""An origin that sends what the test hands it, when the test hands it."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

PATIENCE = 60.0


class EventStream:
    """Server-Sent Events by handshake: an event leaves when `send` is called.

    /chunked is HTTP/1.1 in chunks, anything else ends with the connection.
    """

    def __init__(self) -> None:
        events: queue.Queue[bytes | None] = queue.Queue()

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                chunked = self.path == "/chunked"
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Cache-Control", "no-cache")
                if chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                else:
                    self.send_header("Connection", "close")
                self.end_headers()
                while (event := events.get(timeout=PATIENCE)) is not None:
                    size = b"%x\r\n" % len(event)
                    self.wfile.write(size + event + b"\r\n" if chunked else event)
                if chunked:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._events = events
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def send(self, event: bytes) -> None:
        self._events.put(event)

    def end(self) -> None:
        self._events.put(None)
