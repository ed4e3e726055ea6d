"""Access: who may talk to the admin listener, judged before any route is.

Host      loopback, or named in the file   else 403: DNS rebinding
Origin    none, or the listener's own      else 403: another site's script
token     Bearer, compared in constant time, wherever one is set; else 401
content   what changes something comes as JSON, else 415: forms cannot send it
"""

import hmac
import re
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from math import ceil

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from sidecar.admin.answers import Problem
from sidecar.admin.guesses import Guesses
from sidecar.units import Instant

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_SAFE = frozenset({"GET", "HEAD"})


class Access:
    """The checks, in the order above, for every request.

    Args:
        token: what `Authorization: Bearer` must say; None: nobody is asked, and
            the server binds to loopback only.
        hosts: names that Host may have besides those of loopback.
    """

    def __init__(
        self,
        *,
        token: str | None,
        hosts: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._guesses = Guesses()
        self.use(token=token, hosts=hosts)

    def use(self, *, token: str | None, hosts: Iterable[str]) -> None:
        """Check by another configuration from now on."""
        self._token = _digest(token) if token else None
        self._hosts = frozenset(_name(host.lower()) or host for host in hosts)

    def check(self, request: web.Request) -> None:
        """Raise the `Problem` with this request, if there is one."""
        host = request.headers.get(hdrs.HOST, "").lower()
        if not self._is_ours(host):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "foreign_host",
                "This name is not in admin.hosts.",
            )
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin.lower() not in (
            f"http://{host}",
            f"https://{host}",
        ):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "foreign_origin",
                "Other sites may not ask here.",
            )
        if self._token is not None:
            self._authenticate(request, self._token)
        if _changes(request) and request.content_type != "application/json":
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send Content-Type: application/json.",
            )

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        return name is not None and (_is_loopback(name) or name in self._hosts)

    def _authenticate(self, request: web.Request, token: bytes) -> None:
        address = request.remote or ""
        now = Instant(self._clock())
        wait = self._guesses.wait(address, now)
        if wait:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_failures",
                "Too many wrong tokens.",
                headers={"Retry-After": str(ceil(wait))},
            )
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(
            _digest(given.strip(" ")), token
        ):
            self._guesses.succeeded(address)
            return
        if given:
            self._guesses.failed(address, now)
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "A bearer token is needed.",
            headers={"WWW-Authenticate": 'Bearer realm="sidecar admin"'},
        )


def guard(access: Access) -> Middleware:
    """Return a middleware that lets nothing past `access`."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        access.check(request)
        return await handler(request)

    return check


def _changes(request: web.Request) -> bool:
    """Whether this would change something; what no route serves does not."""
    served = request.match_info.http_exception is None
    return served and request.method not in _SAFE


def _digest(token: str) -> bytes:
    # Digests are of one length: the comparison tells nothing of the token's.
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def _name(host: str) -> str | None:
    """The host of a Host field without its port; None: it is not one."""
    match = _HOST.fullmatch(host)
    return match[1].strip("[]").rstrip(".") if match else None


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
