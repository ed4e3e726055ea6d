"""Hit for miss: what was not storable a moment ago will not be now.

Whoever asks for it need not wait for anybody. Bounded: the oldest are forgotten,
and a mistake (two keys of one hash) costs no more than a fetch too many.
"""

from typing import Final

from sidecar.policy.storability import Reason
from sidecar.units import Instant, Seconds

MOST: Final = 16_384
FOR: Final[Seconds] = 120.0
# What is known is not noted again before less than this part of the time is left.
RENEWED: Final = 0.5
# Answers that were another user's for one key: nothing of it is shared for long.
LOCKED_FOR: Final[Seconds] = 3600.0
_NO_LIFETIME: Final = Reason.NO_LIFETIME


class HitForMiss:
    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: dict[int, tuple[Instant, Reason]] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def note(self, key: bytes, reason: Reason, now: Instant) -> None:
        lasts = LOCKED_FOR if reason is Reason.IDENTITIES else FOR
        marks, digest = self._marks, hash(key)
        mark = marks.get(digest)
        if mark is not None:
            until, known = mark
            if reason is known and until - now > lasts * RENEWED:
                return
            del marks[digest]
        if len(marks) >= MOST:
            del marks[next(iter(marks))]
        marks[digest] = (Instant(now + lasts), reason)

    def reason(self, key: bytes, now: Instant) -> Reason | None:
        """Why nothing is stored for the key; None where nobody knows."""
        mark = self._marks.get(hash(key))
        if mark is None:
            return None
        until, reason = mark
        if now < until:
            return reason
        del self._marks[hash(key)]
        return None

    def is_sure(self, key: bytes, now: Instant) -> bool:
        """Whether nothing was storable, and it need not be noted again yet."""
        mark = self._marks.get(hash(key))
        if mark is None:
            return False
        until, reason = mark
        return reason is _NO_LIFETIME and until - now > FOR * RENEWED

    def forget(self, key: bytes) -> None:
        self._marks.pop(hash(key), None)
