"""Phases: what a route may put into the way of a request, and the nothing of each.

A phase that is off is its null object, chosen at assembly (docs/request.md).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from sidecar.errors import RequestRefused, SidecarError
from sidecar.units import Instant

if TYPE_CHECKING:
    from sidecar.proxy.cached_answer import CachedAnswer
    from sidecar.proxy.exchange import Exchange
    from sidecar.proxy.looked_up import Ready


class Admission(Protocol):
    """Who is it, and may it come in?"""

    @property
    def remote(self) -> bool:
        """Whether `ask` has to be waited for before anything is looked up."""

    def admit(self, exchange: "Exchange", /) -> RequestRefused | None:
        """Asked on arrival."""

    async def ask(self, exchange: "Exchange", /) -> None:
        """Wait for the word of a store elsewhere; raises RequestRefused."""

    def toll(self, exchange: "Exchange", /) -> RequestRefused | None:
        """Asked when the cache has no answer."""

    def settle(self, exchange: "Exchange", /) -> None:
        """Called at the end of every exchange."""


class Cache(Protocol):
    """Do we have it, and may we say so?

    Where it says nothing and leaves no `exchange.found`, nothing else is asked.
    """

    @property
    def answered(self) -> "CachedAnswer":
        """What becomes of what the upstream says."""

    def lookup(
        self, exchange: "Exchange", now: Instant, /
    ) -> "Ready | SidecarError | None": ...

    def may_ask(self, exchange: "Exchange", /) -> bool:
        """Whether the upstream may be asked at once; else `found.awaited` is."""

    def may_be_spared(self, exchange: "Exchange", /) -> bool:
        """Whether others may have what it is to ask for, or fetch that now."""

    def may_be_remembered(self, exchange: "Exchange", /) -> bool:
        """Whether a tier that has still to be asked may have it."""

    def again(self, exchange: "Exchange", now: Instant, /) -> "Ready | None":
        """What is stored after the wait for another's fetch."""

    def asks_others(self, exchange: "Exchange", /) -> bool:
        """Whether `remembered` is to be awaited before the upstream is asked."""

    async def remembered(
        self, exchange: "Exchange", now: Callable[[], Instant], /
    ) -> "Ready | None":
        """What others have, or are fetching now, for who leads."""

    async def is_refreshed(
        self, exchange: "Exchange", now: Callable[[], Instant], /
    ) -> bool:
        """Whether others have refreshed meanwhile what the exchange is to refresh."""


class Open:
    """Admission that admits everyone."""

    remote = False

    async def ask(self, _exchange: "Exchange", /) -> None:
        return

    def admit(self, _exchange: "Exchange", /) -> RequestRefused | None:
        return None

    def toll(self, _exchange: "Exchange", /) -> RequestRefused | None:
        return None

    def settle(self, _exchange: "Exchange", /) -> None:
        return


class NoCache:
    """It is never asked anything but for an answer, and has none."""

    @property
    def answered(self) -> "CachedAnswer":
        raise NotImplementedError

    def lookup(self, _exchange: "Exchange", _now: Instant, /) -> None:
        return None

    def may_ask(self, _exchange: "Exchange", /) -> bool:
        return True

    def may_be_spared(self, _exchange: "Exchange", /) -> bool:
        return False

    def may_be_remembered(self, _exchange: "Exchange", /) -> bool:
        return False

    def again(self, _exchange: "Exchange", _now: Instant, /) -> None:
        return None

    def asks_others(self, _exchange: "Exchange", /) -> bool:
        return False

    async def remembered(
        self, _exchange: "Exchange", _now: Callable[[], Instant], /
    ) -> None:
        return None

    async def is_refreshed(
        self, _exchange: "Exchange", _now: Callable[[], Instant], /
    ) -> bool:
        return False


OPEN: Final = Open()
NO_CACHE: Final = NoCache()
