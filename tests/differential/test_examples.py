"""What once differed: both doors do the same."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.differential.compare import Doors
from tests.differential.examples import EXAMPLES


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with closing(Doors()) as both:
        yield both


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_doors_do_the_same(name: str, doors: Doors) -> None:
    assert not doors.compare(EXAMPLES[name]).rows
