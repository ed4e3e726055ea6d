"""Remote: a tier that is asked over the network, and what becomes of asking."""

from typing import Protocol

from sidecar.storage.entry import Stored, Variants
from sidecar.storage.envelope import Opened
from sidecar.storage.labels import Cut
from sidecar.units import Seconds, Timestamp


class Unreachable(Exception):
    """The store is not there, not in time, or refuses the command."""


class Remote(Protocol):
    """Never raises; what cannot be asked in time is not there."""

    @property
    def mark(self) -> int:
        """The newest purge that it is known to have."""

    @property
    def patience(self) -> Seconds:
        """How long one request may wait for it, all in all."""

    async def get(self, key: bytes) -> Opened | None:
        """Return what is there; its mark is 0 where no purge was meant for it, else
        the number of the newest soft one. What was purged is not there.
        """

    def put(
        self, key: bytes, entry: Stored | Variants, mark: int, wall: Timestamp
    ) -> None: ...

    def remove(self, key: bytes) -> None: ...

    def publish(self, cut: Cut) -> None:
        """Carry out a purge; as soon as can be, where it is not reached now.

        To be called before it is carried out anywhere else.
        """

    async def told(self) -> bool:
        """Wait for all that was published; whether it was reached."""
