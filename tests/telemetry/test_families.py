"""The table of families: names and labels as Prometheus wants them."""

import re

import pytest

from sidecar.telemetry.families import BY_NAME, FAMILIES
from sidecar.telemetry.family import Kind, Over

EACH = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def test_no_name_is_used_twice():
    assert len(BY_NAME) == len(FAMILIES)


@EACH
def test_names_follow_the_conventions(family):
    assert re.fullmatch("[a-z][a-z0-9_]*", family.name)
    assert family.name.endswith("_total") is (family.kind is Kind.COUNTER)
    assert family.help.endswith(".")
    assert "\n" not in family.help
    assert bool(family.bounds) is (family.kind is Kind.HISTOGRAM)


@EACH
def test_only_gauges_are_anything_but_sums(family):
    assert family.over is Over.SUM or family.kind is Kind.GAUGE
    assert (family.over is Over.EACH) is (family.labels[-1:] == ("worker",))
