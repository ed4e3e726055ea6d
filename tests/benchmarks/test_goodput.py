"""The row runs; how much is answered is not for a test to say."""

from benchmarks.goodput import Goodput
from benchmarks.pace import Pace


class Quiet:
    def __init__(self):
        self.kept = []

    def keep(self, settings):
        self.kept.append(settings)


def test_the_row():
    row = Goodput("goodput", "Goodput", peers=("sidecar",), seconds=1.0)
    fleet = Quiet()
    (result,) = row.measure(fleet, Pace())
    assert result.failed == {}
    assert fleet.kept == [set()]
    (answered,) = result.main.samples["sidecar"]
    assert answered > 0
