"""Target: what is asked, where, and whether it may be.

A load test is an attack on whoever did not agree to it: what is neither on this
machine nor in a private network is left alone unless the user insists.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_PORT = 80
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class NotATarget(Exception):
    """It cannot be asked, or may not; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Target:
    """`address` is resolved once: whom we may ask does not change while we do."""

    name: str
    url: str
    address: tuple[str, int]
    family: socket.AddressFamily
    request: bytes

    @property
    def is_near(self) -> bool:
        """On this machine, or in a private network."""
        return is_near(self.address[0])


@dataclass(frozen=True, slots=True)
class Question:
    """What each request is; `fields` are pairs as they are sent."""

    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def written(self, authority: str, path: str) -> bytes:
        names = {name.lower() for name, _ in self.fields}
        fields = [f"{name}: {value}" for name, value in self.fields]
        if "host" not in names:
            fields.insert(0, f"Host: {authority}")
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            fields.append(f"Content-Length: {len(self.body)}")
        lines = [f"{self.method} {path} HTTP/1.1", *fields, "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


def field(text: str) -> tuple[str, str]:
    """`Name: value` as a pair.

    Raises:
        NotATarget: it is none, or would change how the request is framed.
    """
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    if not colon or not name or not _TOKEN.issuperset(name.lower()):
        raise NotATarget(f"a field is written 'Name: value', not {text[:60]!r}")
    if name.lower() in ("content-length", "transfer-encoding", "connection"):
        raise NotATarget(f"{name} is not yours to say here")
    if not value.isprintable() or not value.isascii():
        raise NotATarget(f"not a value of a field: {value[:60]!r}")
    return name, value


def target(name: str, url: str, question: Question) -> Target:
    """Resolve a URL.

    Raises:
        NotATarget
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise NotATarget(f"not a URL: {error}") from error
    if parts.scheme != "http" or not host:
        raise NotATarget(f"{name}: a URL that begins with http:// is needed")
    if parts.username is not None or not url.isascii() or not url.isprintable():
        raise NotATarget(f"{name}: not a URL that can be sent: {host}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if " " in path:
        raise NotATarget(f"{name}: a space has no place in a URL")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotATarget(f"{name}: {host} is not known: {error.strerror}") from error
    family, _, _, _, address = found[0]
    return Target(
        name,
        url,
        (str(address[0]), int(address[1])),
        family,
        question.written(parts.netloc, path),
    )


def is_near(address: str) -> bool:
    """Link-local addresses are not: clouds answer there for themselves."""
    found = ip_address(address.partition("%")[0])
    return found.is_private and not found.is_link_local
