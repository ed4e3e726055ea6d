"""The alert rules and the dashboard, before Prometheus' own eyes."""

import json
import re

import yaml

from tests.deploy.tools import ROOT, run

PROMETHEUS = ROOT / "config" / "prometheus"


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
    dashboard = json.loads((ROOT / "config" / "grafana" / "sidecar.json").read_text())
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
