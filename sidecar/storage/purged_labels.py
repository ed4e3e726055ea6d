"""Purged labels: which labels were purged when, the newest of them exactly.

    numbers of 14 purges │ floor: hard, soft ┆ marks of 14 labels      of each bucket

A mark is the part of a digest that is kept, and whether the purge was soft. In a full
bucket the oldest purge makes room; its number becomes the bucket's floor: what is older
counts as purged, whatever it is called. So an entry goes that need not only where more
than 14 other labels of its bucket were purged since it was fetched.

Writers are alone. Readers take no lock: a writer raises the floor before it takes a
record away, and they look at the floor last.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Final

from sidecar.storage.patterns import Purged
from sidecar.units import Bytes

BUCKETS: Final = 1 << 15
RECORDS: Final = 14
_WORD: Final = 8
_ROW: Final = 16  # words of a bucket, in both parts
_FLOOR: Final = RECORDS
_PART: Final = BUCKETS * _ROW * _WORD
_NAMED: Final = _WORD - 1
_HARD: Final = b"\0"
_SOFT: Final = b"\1"
_NUMBERS: Final = Struct(f"={RECORDS}Q")
_MARKS: Final = Struct(f"{RECORDS * _WORD}s")
_MARK: Final = Struct(f"{_WORD}s")

SIZE: Final[Bytes] = 2 * _PART


class PurgedLabels:
    """Over memory that other processes write, too.

    A label is its digest's bytes from the eighth on; `bucket` is below `BUCKETS`.
    """

    def __init__(self, memory: memoryview) -> None:
        self._raw = memory[:_PART]
        self._numbers = self._raw.cast("Q")
        self._marks = memory[_PART:SIZE]

    def add(self, bucket: int, digest: bytes, number: int, *, soft: bool) -> None:
        mark = digest[_WORD : _WORD + _NAMED] + (_SOFT if soft else _HARD)
        row, at = bucket * _ROW, bucket * _ROW * _WORD
        marks: bytes = _MARKS.unpack_from(self._marks, at)[0]
        record = marks.find(mark)
        if record < 0 or record % _WORD:
            record = self._room(row, at)
            _MARK.pack_into(self._marks, at + record, mark)
        self._numbers[row + record // _WORD] = number

    def newest(self, of: Iterable[tuple[int, bytes]]) -> Purged:
        """Return the numbers of the newest purges of any of these; 0: none is known.

        of: pairs of bucket and digest.
        """
        hard = soft = 0
        for bucket, digest in of:
            row, at = bucket * _ROW, bucket * _ROW * _WORD
            marks: bytes = _MARKS.unpack_from(self._marks, at)[0]
            name = digest[_WORD : _WORD + _NAMED]
            record = marks.find(name)
            while record >= 0:
                if record % _WORD == 0:
                    number = self._numbers[row + record // _WORD]
                    if marks[record + _NAMED]:
                        soft = max(soft, number)
                    else:
                        hard = max(hard, number)
                record = marks.find(name, record + 1)
            hard = max(hard, self._numbers[row + _FLOOR])
            soft = max(soft, self._numbers[row + _FLOOR + 1])
        return Purged(hard, soft)

    def _room(self, row: int, at: int) -> int:
        """Take the oldest record away; where its mark was, in bytes of the row."""
        numbers = _NUMBERS.unpack_from(self._raw, at)
        oldest = min(numbers)
        record = numbers.index(oldest)
        if oldest:
            soft = self._marks[at + record * _WORD + _NAMED] != 0
            floor = row + _FLOOR + soft
            self._numbers[floor] = max(self._numbers[floor], oldest)
        # Nobody is purged by a record without a number.
        self._numbers[row + record] = 0
        return record * _WORD
