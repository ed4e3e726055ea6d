"""A stampede counts what reaches the origin; the sidecar lets one through."""

import asyncio
import shutil

import pytest

from benchmarks.fleet import Fleet
from benchmarks.pace import QUICK
from benchmarks.peers import sidecar
from benchmarks.stampede import Stampede, crowd, slow

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")


def test_without_anybody_between_all_of_them_reach_it():
    with slow() as origin:
        assert asyncio.run(crowd(origin.port, 20)) == 20
    assert origin.asked == 20


@needs_nginx
def test_one_reaches_it_through_the_sidecar(tmp_path):
    fleet = Fleet(tmp_path, [sidecar("express")])
    try:
        name = fleet.peers[0].name
        row = Stampede("key", "title", (name, "nobody who stores"))
        [result] = row.measure(fleet, QUICK)
    finally:
        fleet.close()
    assert result.failed == {}
    assert result.main.samples == {name: [1]}
