"""Redis client: one of redis-py's for what the URL asks for.

    redis:// rediss:// unix://           one server
    redis+cluster:// rediss+cluster://   a cluster; the server named tells the others
    redis+sentinel://a:1,b:2/NAME[/DB]   whoever the sentinels say is the master

Its own repetitions are off: a call that is late is no use to anybody.
"""

from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sidecar.units import Seconds

Client = Any
"""A `Redis` or `RedisCluster`: what is used of them is the same."""

_CLUSTER, _SENTINEL = "+cluster", "+sentinel"
_SENTINEL_PORT: Final = 26379
# Of each server: lanes for reading and writing, and some to spare.
_CONNECTIONS: Final = 16


def redis_client(url: str, timeout: Seconds) -> Client:
    """Return a client that connects when it is first used.

    Raises:
        ValueError: the URL says nothing that we know.
    """
    scheme, separator, rest = url.partition("://")
    options = _options(timeout)
    if scheme.endswith(_CLUSTER):
        plain = scheme.removesuffix(_CLUSTER) + separator + rest
        return RedisCluster.from_url(plain, **options)
    if scheme.endswith(_SENTINEL):
        return _by_sentinels(scheme.removesuffix(_SENTINEL) + separator + rest, options)
    return Redis.from_url(url, **options)


async def close(client: Client) -> None:
    """Close its connections, those to sentinels too."""
    pool = getattr(client, "connection_pool", None)
    sentinels = getattr(pool, "sentinel_manager", None)
    for one in (client, *getattr(sentinels, "sentinels", ())):
        with suppress(RedisError, OSError, RuntimeError):
            await one.aclose()


def _options(timeout: Seconds) -> dict[str, Any]:
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "max_connections": _CONNECTIONS,
        "protocol": 2,
    }


def _by_sentinels(url: str, options: dict[str, Any]) -> Client:
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    credentials, _, servers = authority.rpartition("@")
    name, _, db = path.partition("/")
    if not name:
        raise ValueError("a sentinel's URL ends in the name of the master")
    user, _, password = credentials.partition(":")
    said: dict[str, Any] = {
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "db": int(db or 0),
        "ssl": scheme == "rediss",
    }
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_server(one) for one in servers.split(",")],
        sentinel_kwargs={key: options[key] for key in _OF_SENTINELS},
        **options,
        **said,
    )
    return sentinel.master_for(unquote(name))


_OF_SENTINELS: Final = (
    "socket_timeout",
    "socket_connect_timeout",
    "retry",
    "protocol",
)


def _server(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or _SENTINEL_PORT
