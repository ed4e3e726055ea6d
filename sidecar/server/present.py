"""Present: how many requests of each user are with the other workers of this host.

Who counts one more says so before asking how many there are elsewhere: two workers
that do it at the same moment may both refuse, and never both let in one too many.
"""

from sidecar.server.census import Census


class Present:
    """One worker's view, which is `proxy.per_user.UsersElsewhere` of one route."""

    def __init__(self, census: Census, slot: int, route: bytes) -> None:
        self._census = census
        self._slot = slot
        self._route = route

    def move(self, user: bytes, by: int) -> None:
        self._census.move(self._slot, (self._route, user), by)

    def count(self, user: bytes) -> int:
        return self._census.elsewhere(self._slot, (self._route, user))
