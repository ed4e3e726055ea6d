"""Endpoint: one place where an upstream is served, and the connections to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from sidecar.units import NEVER, Instant, Seconds
from sidecar.upstream.pool import Pool
from sidecar.upstream.resolve import Fixed, Resolver

_PORTS: Final = {"http": 80, "https": 443}

# After a failed connection others are preferred for this long; long enough to
# spare the next requests, short enough to notice at once that it is back.
SHUN: Final[Seconds] = 1.0
_LONG_AGO: Final = Instant(0.0)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to: a host and port, or the path of a unix socket."""

    host: str
    port: int = 0
    tls: bool = False
    path: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `http://host[:port]`, `https://…` or `unix:/path`.

        Raises:
            ValueError: what is wrong with it, in words for the user.
        """
        if url.startswith("unix:"):
            path = url.removeprefix("unix:")
            if not path.startswith("/") or "\0" in path:
                raise ValueError("a unix socket needs an absolute path: unix:/path")
            return cls("localhost", path=path)
        parts = urlsplit(url)
        if parts.scheme not in _PORTS:
            raise ValueError("the URL must begin with http://, https:// or unix:/")
        if "@" in parts.netloc:
            raise ValueError("the URL must not hold a user name or password")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("the URL must end after host and port")
        if not parts.hostname or any(c <= " " for c in url):
            raise ValueError("the URL has no valid host")
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        if port == 0:
            raise ValueError("port 0 cannot be connected to")
        return cls(_ascii(parts.hostname), port, tls=parts.scheme == "https")

    @property
    def is_literal(self) -> bool:
        """Whether there is no name to resolve."""
        if self.path is not None:
            return True
        try:
            ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def label(self) -> str:
        """For logs and metrics."""
        return f"unix:{self.path}" if self.path else f"{self._bracketed}:{self.port}"

    @property
    def authority(self) -> bytes:
        """The Host field's value, if the upstream is to see its own name."""
        default = self.path or self.port == _PORTS["https" if self.tls else "http"]
        return (self._bracketed if default else self.label).encode("ascii")

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("the URL has no valid host") from error


Learn = Callable[[Instant, bool], Instant]


def _indifferent(_now: Instant, _failed: bool) -> Instant:  # noqa: FBT001
    """One alone is not compared with others."""
    return _LONG_AGO


@dataclass(eq=False, slots=True)
class Endpoint:
    """`failing_since` is when the first of an unbroken row of connects failed.

    `learn` is told how attempts end; it says until when the endpoint is left out.
    """

    address: Address
    pool: Pool
    resolver: Resolver | Fixed
    label: str = field(init=False)
    authority: bytes = field(init=False)
    contacted: bool = False
    failing_since: Instant | None = None
    last_error: str | None = None
    refused_until: Instant = _LONG_AGO
    ejected_until: Instant = _LONG_AGO
    well: bool = True
    learn: Learn = _indifferent

    def __post_init__(self) -> None:
        self.label = self.address.label
        self.authority = self.address.authority

    @property
    def outstanding(self) -> int:
        return self.pool.busy

    @property
    def shunned_until(self) -> Instant:
        """Until when others are preferred."""
        if not self.well:
            return NEVER
        return max(self.refused_until, self.ejected_until)

    def succeeded(self) -> None:
        """It was connected to."""
        self.contacted = True
        self.refused_until = _LONG_AGO
        if self.well:
            self.failing_since = self.last_error = None

    def failed(self, error: Exception, now: Instant) -> None:
        """It could not be connected to."""
        self.unwell(str(error), now, well=self.well)
        self.refused_until = Instant(now + SHUN)
        self.answered(now, failed=True)

    def answered(self, now: Instant, *, failed: bool) -> None:
        """An attempt ended, well or not."""
        self.ejected_until = self.learn(now, failed)

    def unwell(self, why: str, now: Instant, *, well: bool = False) -> None:
        """It does not answer as it should."""
        self.well = well
        self.last_error = why
        if self.failing_since is None:
            self.failing_since = now

    def recovered(self) -> None:
        """It answers as it should again."""
        self.well = True
        self.failing_since = self.last_error = None
