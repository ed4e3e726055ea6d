"""Remembering: of which bodies the coded form is kept, for when the same come again.

Only from the second time on: what never comes again costs a look, and no memory. What
must not be stored is not, although nobody is ever answered from this.
"""

from array import array
from collections.abc import Mapping

from sidecar.semantics.cache_control import cache_control
from sidecar.semantics.targeted import TARGETS, directives

Values = Mapping[bytes, bytes]

# Bodies that may come between two times of one, more or less; 8 bytes each.
PLACES = 8192


def may_remember(request: Values, response: Values) -> bool:
    """Not where either says no-store, which is of "any part" (RFC 9111 §5.2.1.5)."""
    for one in (request, response):
        if b"cache-control" in one and cache_control(one[b"cache-control"]).no_store:
            return False
    for target in TARGETS:
        if target in response:
            return not directives(response).control.no_store
    return True


class Sightings:
    """Which names were seen of late, as good as certainly.

    It never grows: a newcomer takes the place of whom it meets there.
    """

    __slots__ = ("_mask", "_places")

    def __init__(self, places: int = PLACES) -> None:
        """`places` is a power of two."""
        self._places = array("q", (0,)) * places
        self._mask = places - 1

    def again(self, name: bytes) -> bool:
        """Whether `name` was seen before; from now on it was."""
        # Salted by Python in each process: nobody outside can aim at a place.
        mark = hash(name)
        at = mark & self._mask
        if self._places[at] == mark:
            return True
        self._places[at] = mark
        return False
