"""Addresses: where we listen, whom we ask, whom we believe.

Parsed from text into frozen values; `str()` of a value is its canonical text.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from sidecar.config.quantities import shown

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LISTEN = re.compile(r"(\[[^\]\s]*\]|[^:\s\[\]]*):(\d{1,5})", re.ASCII)
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.?)*", re.ASCII)
_URL = re.compile(r"(https?)://([^/?#]*)([^\s]*)", re.ASCII | re.IGNORECASE)
_MAX_PORT = 65_535
_MAX_UNIX = 107  # sun_path less its final NUL
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to accept connections on: host and port, or a unix socket's path."""

    host: str
    """Without brackets; empty for a unix socket."""
    port: int
    """0: any free one."""
    path: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.path or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def collides(self, other: "Listen") -> bool:
        """Whether only one of the two can be listened on; port 0 is a new one."""
        if self.path or other.path:
            return self.path == other.path
        if self.port != other.port or not self.port:
            return False
        hosts = {self.host, other.host}
        if len(hosts) == 1 or "::" in hosts:  # which takes IPv4, too
            return True
        return "0.0.0.0" in hosts and ":" not in "".join(hosts)  # noqa: S104

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where an upstream is reached: host and port, or a unix socket."""

    scheme: Literal["http", "https"]
    host: str
    """Without brackets; `localhost` for a unix socket."""
    port: int
    """0 for a unix socket."""
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"


def listen(value: object) -> Listen:
    """Parse `host:port`, `[::]:8080`, `:8080` or `unix:/path`."""
    if isinstance(value, Listen):
        return value
    if isinstance(value, str) and value.startswith("unix:"):
        return Listen("", 0, _unix_path(value))
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"not an address to listen on: {shown(value)}"
            ' (examples: "0.0.0.0:8080", ":8080", "[::]:8080", "unix:/run/s.sock")'
        )
    host = _host(match[1]) if match[1] else "0.0.0.0"  # noqa: S104 - what `:8080` means
    return Listen(host, _port(match[2]))


def endpoint(value: object) -> Endpoint:
    """Parse an upstream's URL: scheme, host and port, nothing else; or `unix:/path`.

    Messages never repeat what stands before an `@`.
    """
    if isinstance(value, Endpoint):
        return value
    if isinstance(value, str) and value.startswith("unix:"):
        return Endpoint("http", "localhost", 0, _unix_path(value))
    if not isinstance(value, str) or not (match := _URL.fullmatch(value)):
        raise ValueError(
            f"not an upstream's URL: {shown(without_userinfo(value))}"
            ' (examples: "http://127.0.0.1:3000", "https://app", "unix:/run/app.sock")'
        )
    if "@" in match[2]:
        raise ValueError("a user or password has no place in an upstream's URL")
    if match[3] not in ("", "/"):
        raise ValueError(
            f"an upstream's URL ends after the port: {shown(value)} has a path or query"
        )
    scheme: Literal["http", "https"] = (
        "https" if len(match[1]) > len("http") else "http"
    )
    host, port = _authority(match[2])
    return Endpoint(scheme, host, _PORTS[scheme] if port is None else port)


def web_address(value: str) -> str:
    """Check the URL of something to fetch: any path and query, and no password."""
    match = _URL.fullmatch(value)
    if match is None:
        raise ValueError(
            f"not a URL: {shown(without_userinfo(value))}"
            ' (example: "https://login.example.com/keys")'
        )
    if "@" in match[2]:
        raise ValueError("a user or password has no place in this URL")
    _authority(match[2])
    return value


def network(value: object) -> Network:
    """Parse a CIDR; a single address is a network of one."""
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        hint = _masked(value if isinstance(value, str) else "")
        raise ValueError(
            f"not a network: {shown(value)}"
            + (f"; did you mean {hint!r}?" if hint else " (examples: 10.0.0.0/8, ::1)")
        ) from None


def without_userinfo(value: object) -> object:
    """Hide what may be a password: all between `//` and `@`."""
    if not isinstance(value, str):
        return value
    return re.sub(r"//[^/\s]*@", "//***@", value)


def _masked(value: str) -> str:
    """The network that an address with host bits set lies in, or empty."""
    try:
        return str(ipaddress.ip_network(value, strict=False)) if value else ""
    except ValueError:
        return ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _unix_path(value: str) -> str:
    path = value.removeprefix("unix:")
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"a unix socket has an absolute path: {shown(value)}")
    if len(path.encode("utf-8", "surrogatepass")) > _MAX_UNIX:
        raise ValueError(f"a unix socket's path has at most {_MAX_UNIX} bytes")
    return path


def _authority(text: str) -> tuple[str, int | None]:
    """Host and port of a URL that is to be asked."""
    match = _LISTEN.fullmatch(text)
    if match is None:
        return _host(text), None
    port = _port(match[2])
    if port == 0:
        raise ValueError("a port to ask is between 1 and 65535")
    return _host(match[1]), port


def _port(text: str) -> int:
    port = int(text)
    if port > _MAX_PORT:
        raise ValueError(f"a port is at most {_MAX_PORT}, not {port}")
    return port


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise ValueError(f"not an IPv6 address: {shown(text)}") from None
    labels = text.split(".")
    numeric = labels[-1].isdigit()
    if numeric:
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            raise ValueError(f"not an IPv4 address: {shown(text)}") from None
    if not _HOST.fullmatch(text) or ".." in text:
        raise ValueError(f"not a host name: {shown(text)}")
    return text.lower()
