"""Phases: what a route may put into the way of a request, and the nothing of each.

A phase that is off is its null object, chosen at assembly (docs/request.md).
"""

from typing import TYPE_CHECKING, Protocol

from sidecar.errors import RequestRefused
from sidecar.proxy.answer import Answer

if TYPE_CHECKING:
    from sidecar.proxy.exchange import Exchange


class Admission(Protocol):
    """Who is it, and may it come in?"""

    def admit(self, exchange: "Exchange", /) -> RequestRefused | None: ...


class Cache(Protocol):
    """Do we have it, and may we say so?"""

    def lookup(self, exchange: "Exchange", /) -> Answer | None: ...

    def stale(self, exchange: "Exchange", /) -> Answer | None:
        """What may be said while the upstream is not to be asked, or failed."""


class Open:
    """Admission that admits everyone."""

    def admit(self, _exchange: "Exchange", /) -> RequestRefused | None:
        return None


class NoCache:
    def lookup(self, _exchange: "Exchange", /) -> Answer | None:
        return None

    def stale(self, _exchange: "Exchange", /) -> Answer | None:
        return None


OPEN = Open()
NO_CACHE = NoCache()
