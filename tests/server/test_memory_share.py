"""A share of the limit."""

from sidecar.server.memory_share import memory_share
from sidecar.telemetry.process import resident


def test_without_a_limit_nothing_is_scarce():
    assert memory_share(None)() == 0


def test_a_share():
    share = memory_share(resident() * 4)()
    assert 0.1 < share < 0.9


def test_each_of_several_has_its_part():
    assert 0.4 < memory_share(resident() * 4, workers=2)() < 1.8
