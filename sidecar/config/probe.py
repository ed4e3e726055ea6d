"""Probe: ask a running sidecar whether it is well, or tell it something.

With the standard library only: an image's HEALTHCHECK runs every few seconds.
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import AF_UNIX, socket
from urllib.parse import urlsplit

from sidecar.config.addresses import listen as address

DEFAULT, ADMIN = "127.0.0.1:9901", "127.0.0.1:9902"
READY, LIVE = "/readyz", "/livez"
# It listens everywhere; we ask on this machine.
_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_SHOWN = 500


def default_url(listen: str, path: str = READY) -> str:
    """Where the health listener at `listen` is asked from the same machine.

    Raises:
        ValueError: it is no address
    """
    place = address(listen or DEFAULT)
    if place.path:
        return str(place)
    host = _NEAR.get(place.host, place.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{place.port}{path}"


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
    try:
        url = default_url(listen, path)
    except ValueError as error:
        return str(error)
    return _fault("POST", url, timeout, path, headers)


def _fault(
    method: str, url: str, timeout: float, path: str, headers: dict[str, str]
) -> str:
    connection: HTTPConnection | None = None
    try:
        connection, target = _connection(url, timeout, path)
        connection.request(method, target, headers={"Connection": "close"} | headers)
        answer = connection.getresponse()
        said = answer.read(_SHOWN).decode(errors="replace").strip()
    except ConnectionRefusedError:
        return f"{url} cannot be asked: nothing listens there"
    except OSError as error:
        return f"{url} cannot be asked: {error.strerror or error}"
    except (HTTPException, ValueError) as error:
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
    if any(letter <= " " or letter == "\x7f" for letter in url):
        raise ValueError("a URL has no spaces")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("a port is a number up to 65535") from None
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = parts.path or path
    if parts.query:
        target += f"?{parts.query}"
    return kind(parts.hostname, port, timeout=timeout), target
