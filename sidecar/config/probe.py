"""Probe: ask a running sidecar whether it is well, or tell it something.

With the standard library only: an image's HEALTHCHECK runs every few seconds.
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import AF_UNIX, socket
from urllib.parse import urlsplit

DEFAULT, ADMIN = "127.0.0.1:9901", "127.0.0.1:9902"
READY, LIVE = "/readyz", "/livez"
_SHOWN = 500


def default_url(listen: str, path: str = READY) -> str:
    """Where the health listener at `listen` is asked from the same machine."""
    address = listen or DEFAULT
    if address.startswith("unix:"):
        return address
    host, _, port = address.rpartition(":")
    if host in ("", "0.0.0.0"):  # noqa: S104 - it listens everywhere; we ask here
        host = "127.0.0.1"
    elif host == "[::]":
        host = "[::1]"
    return f"http://{host}:{port}{path}"


def fault(url: str, timeout: float, path: str = READY) -> str:
    """Ask for `url`; empty for a 2xx answer, else what is wrong.

    `path` is asked for where the URL has none.
    """
    return _fault("GET", url, timeout, path, {})


def command(listen: str, path: str, token: str | None, timeout: float = 5.0) -> str:
    """Tell the admin listener at `listen`; empty if it did, else what is wrong."""
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return _fault("POST", default_url(listen, path), timeout, path, headers)


def _fault(
    method: str, url: str, timeout: float, path: str, headers: dict[str, str]
) -> str:
    connection: HTTPConnection | None = None
    try:
        connection, target = _connection(url, timeout, path)
        connection.request(method, target, headers={"Connection": "close"} | headers)
        answer = connection.getresponse()
        said = answer.read(_SHOWN).decode(errors="replace").strip()
    except (OSError, HTTPException, ValueError) as error:
        return f"{url} cannot be asked: {str(error) or type(error).__name__}"
    finally:
        if connection is not None:
            connection.close()
    return "" if answer.status // 100 == 2 else f"{answer.status} {said}"  # noqa: PLR2004


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket(AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(url: str, timeout: float, path: str) -> tuple[HTTPConnection, str]:
    if url.startswith("unix:"):
        return _UnixConnection(url.removeprefix("unix:"), timeout), path
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a URL begins with http:// or https:// and a host")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = parts.path or path
    if parts.query:
        target += f"?{parts.query}"
    return kind(parts.hostname, parts.port, timeout=timeout), target
