"""Request heads, from plain ones to single bytes changed: both doors do the same."""

from collections.abc import Callable

import pytest

from tests.differential.search import search


@pytest.mark.timeout(3600)  # as many as are asked for, on however busy a machine
@pytest.mark.parametrize("kind", ["plain heads", "odd heads", "mutated heads"])
def test_both_doors_do_the_same(
    kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("exchanges", search(kind)["exchanges"])
