"""Health: whether an endpoint is well, by the answers to questions asked for that.

It takes several bad answers in a row to be out, and several good ones to be back.
"""


class Health:
    """`well` at first: nobody is out before being asked."""

    __slots__ = ("_bad", "_good", "_healthy", "_unhealthy", "well")

    def __init__(self, *, healthy: int, unhealthy: int) -> None:
        self._healthy = healthy
        self._unhealthy = unhealthy
        self._good = self._bad = 0
        self.well = True

    def note(self, *, good: bool) -> bool:
        """Take in an answer; whether it changed anything."""
        if good:
            self._good, self._bad = self._good + 1, 0
        else:
            self._good, self._bad = 0, self._bad + 1
        before = self.well
        if self.well and self._bad >= self._unhealthy:
            self.well = False
        elif not self.well and self._good >= self._healthy:
            self.well = True
        return self.well is not before
