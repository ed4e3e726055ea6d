"""Redis lease: of all pods, one does the work that all would do.

A lease ends by itself: who held it may have died. It is given back only by who
holds it, which a word that nobody can guess tells.
"""

import asyncio
from secrets import token_bytes
from typing import Final

from sidecar.storage.envelope import ID, key_digest
from sidecar.storage.redis_link import RedisLink
from sidecar.storage.remote import Unreachable
from sidecar.units import Seconds

_TOKEN: Final = 16
_MILLISECONDS: Final = 1000
_GIVE_BACK: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""


class RedisLeases:
    """Leases by key. Where the server is not reached everybody has every lease."""

    def __init__(self, link: RedisLink, prefix: bytes) -> None:
        self._link = link
        self._prefix = prefix + b"l:"

    async def take(self, key: bytes, duration: Seconds) -> bytes | None:
        """Return the word to give it back with; None: another one has it."""
        token = token_bytes(_TOKEN)
        if not self._link.is_sure:
            return token
        milliseconds = _milliseconds(duration)
        try:
            taken = await self._link.ask(
                "SET", self._name(key), token, "NX", "PX", milliseconds
            )
        except Unreachable:
            return token
        except asyncio.CancelledError:
            self.give_back(key, token)
            raise
        return token if taken else None

    def renew(self, key: bytes, token: bytes, duration: Seconds) -> None:
        milliseconds = _milliseconds(duration)
        self._link.tell("EVAL", _RENEW, 1, self._name(key), token, milliseconds)

    def give_back(self, key: bytes, token: bytes) -> None:
        """Behind what was put before it, so that others find that first."""
        self._link.tell("EVAL", _GIVE_BACK, 1, self._name(key), token)

    def _name(self, key: bytes) -> bytes:
        return self._prefix + key_digest(key)[:ID].hex().encode()


def _milliseconds(duration: Seconds) -> int:
    return max(1, int(duration * _MILLISECONDS))
