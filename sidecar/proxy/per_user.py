"""Per user: how many requests of one user may be at the upstream at once.

What the workers of a host have is counted together: each tells the others of its own.
"""

from typing import Protocol


class UsersElsewhere(Protocol):
    """The requests of each user that other workers of this host have."""

    def move(self, user: bytes, by: int, /) -> None:
        """Tell them of one more here, or of one less."""

    def count(self, user: bytes, /) -> int: ...


class Alone:
    """There are no others."""

    __slots__ = ()

    def move(self, user: bytes, by: int) -> None:
        pass

    def count(self, user: bytes) -> int:  # noqa: ARG002
        return 0


def alone(_route: bytes) -> UsersElsewhere:
    return Alone()


class PerUser:
    """How many requests of each user are at the upstream; as many keys as requests."""

    __slots__ = ("_elsewhere", "_most", "_there", "enforced")

    def __init__(
        self,
        most: int,
        *,
        enforced: bool = True,
        elsewhere: UsersElsewhere | None = None,
    ) -> None:
        self._most = most
        self._there: dict[bytes, int] = {}
        self._elsewhere = elsewhere or Alone()
        self.enforced = enforced

    def __len__(self) -> int:
        return len(self._there)

    def enter(self, key: bytes) -> bool:
        """Count one more; whether there may be so many. If not, none is counted."""
        there = self._there.get(key, 0)
        self._elsewhere.move(key, 1)
        fits = there + self._elsewhere.count(key) < self._most
        if not fits and self.enforced:
            self._elsewhere.move(key, -1)
            return False
        self._there[key] = there + 1
        return fits

    def leave(self, key: bytes) -> None:
        there = self._there.pop(key)
        self._elsewhere.move(key, -1)
        if there > 1:
            self._there[key] = there - 1
