"""A store that keeps nothing."""

from collections.abc import Callable

from sidecar.storage.entry import Entry, Mark, Stored
from sidecar.storage.store import Purge
from sidecar.units import Seconds


class NoStore:
    """Nothing is kept."""

    remote = False
    patience: Seconds | None = None

    def get(self, _key: bytes) -> Entry | None:
        return None

    def beneath(self, _key: bytes) -> Entry | None:
        return None

    def mark(self) -> Mark:
        return (0, 0)

    def is_current(self, _entry: Stored) -> bool:
        return True

    async def fetch(self, _key: bytes) -> Entry | None:
        return None

    def put(self, _key: bytes, _entry: Entry) -> None: ...
    def after_writes(self, then: Callable[[], None]) -> None:
        then()

    def remove(self, _key: bytes) -> None: ...
    def purge(self, _purge: Purge) -> None: ...
