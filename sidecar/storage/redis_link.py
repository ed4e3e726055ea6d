"""Redis link: the one way from a worker to the server that pods share.

Never an error to whoever asks, never a wait beyond the budget: an outage is
noticed after a few failures, then nobody asks until a probe found the server
again. Reading and writing have a lane each, so that no one waits for a large body
of somebody else's.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Final, TypeVar

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as LateError

from sidecar.storage.outage import Outage
from sidecar.storage.redis_client import Client, close
from sidecar.storage.redis_lane import (
    RedisLane,
    Reply,
    Unknown,
    Word,
    refused,
)
from sidecar.storage.remote import Unreachable
from sidecar.units import Instant, Seconds

# Of the budget. The rest is for what comes after the wait: the loop may be late to see
# that it is over, and a turn asked in vain is broken off.
_WAIT: Final = 0.9
# Nobody waits for what is written, but it must end.
_WRITING: Final = 20  # times the budget of reading
# How often what is done in the background looks around.
BEAT: Seconds = 1.0
_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "late"),
    (LateError, "late"),
    (AuthenticationError, "denied"),
    (BusyLoadingError, "loading"),
    (ReadOnlyError, "read_only"),
    (OutOfMemoryError, "full"),
    (ResponseError, "refused"),
    (RedisError, "connection"),
    (OSError, "connection"),
    (RuntimeError, "connection"),
)
# A reply, or a value, that none of us would have written.
_UNREADABLE: Final = "unreadable"

T = TypeVar("T")


class Script:
    """Lua that the server runs as one command; sent once, then called by digest."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Redis names scripts by SHA-1; nothing hangs on it.
        self.digest = sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLink:
    """`faults` counts turns that failed, by reason, and what was `unreadable`.

    budget: what a request may lose at most to a server that does not answer.
    """

    def __init__(
        self,
        client: Client,
        budget: Seconds,
        now: Callable[[], Instant],
        *,
        notice: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        """`notice` is told when an outage begins, and with "" when it is over."""
        self._client = client
        self._now = now
        self._notice = notice
        self._outage = Outage()
        self.patience = budget * _WAIT
        self._reading = RedisLane(client, self.patience, self)
        self._writing = RedisLane(client, budget * _WRITING, self)
        self._probe: asyncio.Task[None] | None = None
        self.faults: Counter[str] = Counter({name: 0 for _, name in _REASONS})
        self.faults[_UNREADABLE] = 0

    @property
    def is_up(self) -> bool:
        """Whether it is worth asking."""
        return not self._outage.is_out

    @property
    def is_sure(self) -> bool:
        """Whether it answered when it was last asked.

        One request waits for it once: who was let down does not ask for more.
        """
        return not self._outage.is_doubtful

    def ask(self, *words: Word) -> asyncio.Future[Reply]:
        """Return what will have the answer, or raise `Unreachable`."""
        if self._outage.is_out:
            return refused()
        return self._reading.call(*words)

    def run(
        self, script: Script, keys: Sequence[bytes], *words: Word
    ) -> Awaitable[Reply]:
        """Run a script on keys of one hash slot; asked with this turn of the loop.

        What is returned raises `Unreachable` where there is no answer in time.
        """
        said = (len(keys), *keys, *words)
        due = asyncio.get_running_loop().time() + self.patience
        asked = self.ask("EVALSHA", script.digest, *said)
        return self._ran(asked, script, said, due)

    async def _ran(
        self,
        asked: Awaitable[Reply],
        script: Script,
        said: tuple[Word, ...],
        due: float,
    ) -> Reply:
        try:
            return await asked
        except Unknown:
            pass
        finally:
            del asked  # its error would hold this frame, and this frame the error
        try:
            async with asyncio.timeout_at(due):
                return await self.ask("EVAL", script.text, *said)
        except TimeoutError:
            raise Unreachable from None

    def read(self, reply: Reply, kind: Callable[[Reply], T]) -> T:
        """Return what a reply says. Others may write where we do: `Unreachable` where
        `kind` finds that it is none of ours, by a ValueError or TypeError.
        """
        try:
            return kind(reply)
        except (TypeError, ValueError):
            self.unread()
            raise Unreachable from None

    def unread(self) -> None:
        """Note something that is none of ours."""
        self.faults[_UNREADABLE] += 1

    def tell(self, *words: Word) -> None:
        """Write without waiting; lost where the server is not there."""
        if not self._outage.is_out:
            self._writing.call(*words)

    def worked(self) -> None:
        if self._outage.is_out:
            self._notice("")
        self._outage.worked()

    def failed(self, error: BaseException) -> None:
        reason = _reason(error)
        self.faults[reason] += 1
        # Not for secrets: replicas only must not all look at one moment.
        jitter = random.random()  # noqa: S311
        if self._outage.failed(self._now(), jitter):
            self._reading.give_up()
            self._writing.give_up()
            self._notice(reason)
            self._probe = asyncio.get_running_loop().create_task(self._look())

    async def close(self) -> None:
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe
        await self._reading.close()
        await self._writing.close()
        await close(self._client)

    async def _look(self) -> None:
        """Look, now and then, whether the server is back."""
        while (at := self._outage.probe_at) is not None:
            await asyncio.sleep(max(0.0, at - self._now()))
            # It tells `worked` or `failed`.
            with suppress(Unreachable):
                await self._reading.call("PING")


def _reason(error: BaseException) -> str:
    return next((name for kind, name in _REASONS if isinstance(error, kind)), "other")
