"""What the figures of an outage are made of."""

import pytest

from benchmarks.outages import Application, back
from benchmarks.overload import ask
from tests.harness.ports import reserved_port


@pytest.mark.parametrize(
    ("rule", "shares", "expected"),
    [
        ("at once", [1.0, 1.0, 1.0], 0),
        ("nearly is enough", [0.96, 0.97, 1.0], 0),
        ("after a while", [0.2, 0.5, 0.96, 1.0, 1.0, 0.1], 2),
        ("not for a moment", [0.2, 1.0, 1.0, 0.2], None),
        ("never", [], None),
    ],
)
def test_back(rule, shares, expected):
    assert back(shares, 1.0) == expected


def test_as_before_is_not_all():
    assert back([0.76, 0.77, 0.8], 0.8) == 0


async def test_an_application_that_comes_and_goes():
    application = Application(reserved_port())
    statuses = []
    for _ in range(2):
        await application.begin()
        statuses.append((await ask(application.port)).status)
        await application.end()
        statuses.append((await ask(application.port)).status)
    assert statuses == [200, 0, 200, 0]
