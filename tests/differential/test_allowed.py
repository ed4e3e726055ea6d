"""The rows of `allowed`: each is needed, and forgives its own example alone."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.differential.allowed import ROWS, Row
from tests.differential.compare import Doors


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with closing(Doors()) as both:
        yield both


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_is_still_needed(row: Row, doors: Doors) -> None:
    """Where it fails the doors do the same by now: strike the row out."""
    assert doors.compare(row.example).rows == (row,)


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
