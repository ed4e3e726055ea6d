"""Search: generate cases of one kind, and compare them, until there were enough.

`DIFFERENTIAL_EXCHANGES` says how many exchanges all kinds together are to compare,
`DIFFERENTIAL_SEED` where chance begins. The same seed generates the same cases.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from hypothesis import HealthCheck, given, seed, settings

from tests.differential.case import Case
from tests.differential.cases import KINDS
from tests.differential.compare import Doors

EXCHANGES = int(os.environ.get("DIFFERENTIAL_EXCHANGES", "20000"))
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "0"))
SHARE = -(-EXCHANGES // len(KINDS))
"""Of each kind."""
ROUND = 500
"""Cases that are generated together; a round knows nothing of another."""


def search(kind: str) -> Counter[str]:
    """How many exchanges were compared, and in how many cases each row was used."""
    found: Counter[str] = Counter()
    with closing(Doors()) as doors:
        for number in _numbers():
            _round(kind, number, doors, found)
            if found["exchanges"] >= SHARE:
                return found
    raise AssertionError(f"too few exchanges: {found}")


def _numbers() -> Iterator[int]:
    # No case is less than one exchange, but some are generated twice.
    return iter(range(SEED, SEED + 2 * SHARE // ROUND + 2))


def _round(kind: str, number: int, doors: Doors, found: Counter[str]) -> None:
    @seed(number)
    @settings(
        max_examples=ROUND,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind])
    def compared(case: Case) -> None:
        result = doors.compare(case)
        found["exchanges"] += result.exchanges
        found.update(row.name for row in result.rows)

    compared()
