"""What the RFCs say to caches, row by row, through both doors."""

import pytest

from tests.conformance.others import ROWS as OTHERS
from tests.conformance.rfc9111 import ROWS
from tests.conformance.rows import Row, Wire
from tests.conftest import Start
from tests.harness.origin import Origin

ALL = [*ROWS, *OTHERS]
CHECKED = [row for row in ALL if row.check is not None]


@pytest.mark.parametrize("row", CHECKED, ids=str)
def test_row(row: Row, shared_sidecar: Start, origin: Origin) -> None:
    sidecar = shared_sidecar(
        {
            "defaults": {
                "retry": "off",
                "cache": {"jitter": 0, "heuristic": True},
                "compression": {},
                "conditional": {"etag": False},
            }
        }
    )
    assert row.check is not None
    row.check(Wire(sidecar, origin))


def test_each_row_is_checked_or_says_why_not() -> None:
    assert all((row.check is None) == (len(row.reason) > 10) for row in ALL)
    assert len({str(row) for row in ALL}) == len(ALL)
