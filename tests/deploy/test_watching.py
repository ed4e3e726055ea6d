"""The alert rules and the dashboard, before Prometheus' own eyes."""

import json
import re

import pytest
import yaml

from tests.deploy.tools import ROOT, TOOLS, run

PROMETHEUS = ROOT / "config" / "prometheus"
DASHBOARD = ROOT / "config" / "grafana" / "sidecar.json"

# Grafana's own types, generated from the schemas of its panels and of Prometheus' queries.
THROUGH_GRAFANA = """
import json, sys
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
register_default_plugins()
print(JSONEncoder().encode(Dashboard.from_json(json.load(open(sys.argv[1])))))
"""


def test_rules():
    assert "SUCCESS" in run("promtool", "check", "rules", PROMETHEUS / "alerts.yaml")
    assert "SUCCESS" in run(
        "promtool", "test", "rules", PROMETHEUS / "alerts.test.yaml"
    )


def test_every_rule_is_tested():
    rules = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"][0][
        "rules"
    ]
    tests = (PROMETHEUS / "alerts.test.yaml").read_text()
    assert {one["alert"] for one in rules} == set(
        re.findall(r"alertname: (\w+)", tests)
    )


def test_expressions_of_the_dashboard(tmp_path):
    """As recording rules, with Grafana's variables in place."""
    dashboard = json.loads(DASHBOARD.read_text())
    asked = [
        one["expr"] for panel in dashboard["panels"] for one in panel.get("targets", ())
    ]
    plain = [
        one.replace("$__rate_interval", "5m")
        .replace("$job", ".*")
        .replace("$route", ".*")
        for one in asked
    ]
    assert not [one for one in plain if "$" in one]
    rules = [
        {"record": f"panel:{number}", "expr": one} for number, one in enumerate(plain)
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(asked)} rules found" in run("promtool", "check", "rules", file)


def missing(given, kept, where="dashboard"):
    """What is said in `given` and is not in `kept`, by its place."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from missing(value, kept.get(name), f"{where}.{name}")
    elif isinstance(given, list) and isinstance(kept, list):
        for number, value in enumerate(given):
            other = kept[number] if number < len(kept) else None
            yield from missing(value, other, f"{where}[{number}]")
    elif given != kept:
        yield f"{where}: {given!r}, not {kept!r}"


def through_grafana(file):
    return json.loads(
        run(str(TOOLS.parent / "venv/bin/python"), "-c", THROUGH_GRAFANA, file)
    )


def test_grafana_knows_all_that_the_dashboard_says():
    """What its types do not know is lost on the way through them."""
    given = json.loads(DASHBOARD.read_text())
    assert not list(missing(given, through_grafana(DASHBOARD)))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("panels", 1), "gridPosition"),
        (("panels", 1, "targets", 0), "expression"),
        (("panels", 1, "fieldConfig", "defaults"), "units"),
    ],
)
def test_a_name_that_grafana_does_not_know_is_seen(tmp_path, place, name):
    given = json.loads(DASHBOARD.read_text())
    one = given
    for step in place:
        one = one[step]
    one[name] = "mistaken"
    file = tmp_path / "dashboard.json"
    file.write_text(json.dumps(given))
    [lost] = missing(given, through_grafana(file))
    assert lost.endswith(f".{name}: 'mistaken', not None")
