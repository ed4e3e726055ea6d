"""A service that answers as a script says: one thread, one connection after another."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[int], bytes | None]
"""To the nth request, from 0: bytes; none, and it is closed: None."""


class Service:
    def __init__(self, answer: Answer) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._answer = answer
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._wake, self._woken = socket.socketpair()
        for sock in (self._listener, self._woken):
            self._selector.register(sock, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._wake.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if sock is self._woken:
                    return
                if sock is self._listener:
                    self._selector.register(sock.accept()[0], selectors.EVENT_READ)
                    self.connections += 1
                else:
                    self._serve(sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data = sock.recv(65536)
            answer = None
            if data:
                answer = self._answer(len(self.asked))
                self.asked.append(data)
            if answer is not None:
                sock.sendall(answer)
            if answer is None or b"Connection: close" in answer:
                self._selector.unregister(sock)
                sock.close()


@contextlib.contextmanager
def serving(answer: Answer = lambda _: OK) -> Iterator[Service]:
    service = Service(answer)
    try:
        yield service
    finally:
        service.stop()
