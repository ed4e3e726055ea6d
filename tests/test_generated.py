"""What scripts write is what lies there: `make schema` writes it anew."""

import json
import re
import subprocess
import sys

import pytest
import requests
import yaml

from tests.cli.command import ROOT

KUSTOMIZE = ROOT / "config" / "kustomize"


def written(script, *arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    return done.stdout


def test_schema_of_the_charts_values():
    there = (ROOT / "helm" / "sidecar" / "values.schema.json").read_text()
    assert written("chart_schema.py") == there


def test_page_of_metrics():
    assert written("metrics_page.py") == (ROOT / "docs" / "metrics.md").read_text()


@pytest.fixture(scope="module")
def component(tmp_path_factory):
    folder = tmp_path_factory.mktemp("component")
    written("component.py", folder)
    return folder


def test_kustomize_component(component):
    names = {file.name for file in component.iterdir()}
    assert names | {"sidecar.yaml"} == {file.name for file in KUSTOMIZE.iterdir()}
    for name in names:
        assert (component / name).read_text() == (KUSTOMIZE / name).read_text()


@pytest.fixture(scope="module")
def watching(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watching")
    written("watching.py", folder)
    return folder


def test_dashboard_and_alerts(watching):
    """Metrics that came later may still lack their panels; none has lost its own."""
    for name in ("grafana/sidecar.json", "prometheus/alerts.yaml"):
        there = (ROOT / "config" / name).read_text()
        assert titles(there) <= titles((watching / "config" / name).read_text())
    chart = ROOT / "helm" / "sidecar" / "files"
    for name, copy in (
        ("grafana/sidecar.json", "dashboard.json"),
        ("prometheus/alerts.yaml", "alerts.yaml"),
    ):
        assert (chart / copy).read_text() == (ROOT / "config" / name).read_text()


def titles(text):
    found = yaml.safe_load(text)
    if "panels" in found:
        return {one["title"] for one in found["panels"]}
    return {one["alert"] for one in found["groups"][0]["rules"]}


def test_no_panel_and_no_alert_asks_for_what_does_not_exist(sidecar):
    """A real scrape has every metric that is asked for."""
    said = requests.get(f"http://127.0.0.1:{sidecar.health}/metrics", timeout=60).text
    there = set(re.findall(r"^# TYPE (\S+)", said, re.MULTILINE))
    dashboard = json.loads((ROOT / "config" / "grafana" / "sidecar.json").read_text())
    rules = yaml.safe_load((ROOT / "config" / "prometheus" / "alerts.yaml").read_text())
    asked = [
        target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    asked += [rule["expr"] for rule in rules["groups"][0]["rules"]]
    names = {name for expr in asked for name in metrics(expr)}
    assert len(names) > 20
    assert names <= there


def metrics(expr):
    plain = re.sub(r'"[^"]*"', "", expr)
    found = re.findall(r"\b(?:http|sidecar|cache|process|active)_\w+", plain)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found} - {
        "status_code"
    }


def test_every_alert_has_its_page():
    rules = yaml.safe_load((ROOT / "config" / "prometheus" / "alerts.yaml").read_text())
    names = [one["alert"] for one in rules["groups"][0]["rules"]]
    headings = re.findall(
        r"^## (\S+)$", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE
    )
    assert headings == names
