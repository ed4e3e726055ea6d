"""Remembered: coded forms of bodies that came before, so that each is made once.

    digest and form ─▶ seen before? ─▶ known? ─▶ it goes out
                             │ no        │ no
                           coded       coded, and kept while there is room

For answers that may not be stored and are the same again and again. Nobody is answered
from here: the backend was asked, and this is what its very bytes come to. So a name is
one that no two bodies share: a digest of ours, never a tag of theirs.
"""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from sidecar.coding.codec import Codec
from sidecar.policy.remembering import Sightings
from sidecar.telemetry.families import COMPRESSION_REMEMBERED
from sidecar.telemetry.snapshot import Row
from sidecar.units import Bytes

HELD: Bytes = 300
"""Bytes that it takes to hold one, besides its own: name, place in the table, links."""
# A larger one would drive out most of the others.
_LARGEST = 4


class Unremembered:
    """Of a route where nothing is kept."""

    def coded(self, codec: Codec, content: bytes, _digest: bytes, /) -> bytes:
        return codec.compress(content)


UNREMEMBERED = Unremembered()


class Remembered:
    """Of one worker, also for its threads; what was used longest ago makes room."""

    def __init__(self, most: Bytes = 0) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._sightings = Sightings()
        self._lock = Lock()
        self.size: Bytes = 0
        self.hits = self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    def coded(self, codec: Codec, content: bytes, digest: bytes) -> bytes:
        """What `codec` makes of the content that has this digest."""
        name = digest + codec.form
        if not self._sightings.again(name):
            self.misses += 1
            return codec.compress(content)
        found = self._get(name)
        if found is None:
            found = codec.compress(content)
            self._put(name, found)
        return found

    def bound(self, most: Bytes) -> None:
        """Hold no more than `most` from now on."""
        with self._lock:
            self._most = most
            self._fit()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.size = 0

    def rows(self) -> Iterator[Row]:
        yield COMPRESSION_REMEMBERED.name, ("hit",), self.hits
        yield COMPRESSION_REMEMBERED.name, ("miss",), self.misses

    def _get(self, name: bytes) -> bytes | None:
        with self._lock:
            found = self._kept.get(name)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
                self._kept.move_to_end(name)
            return found

    def _put(self, name: bytes, coded: bytes) -> None:
        size = len(coded) + HELD
        with self._lock:
            if size <= self._most // _LARGEST and name not in self._kept:
                self._kept[name] = coded
                self.size += size
                self._fit()

    def _fit(self) -> None:
        while self.size > self._most:
            _, coded = self._kept.popitem(last=False)
            self.size -= len(coded) + HELD
