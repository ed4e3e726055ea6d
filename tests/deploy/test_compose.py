"""The compose files, before the schema of Compose; started they are by compose-check."""

import json

import pytest
import yaml

from tests.deploy.tools import ROOT, run

FOLDER = ROOT / "config" / "compose"
FULL = yaml.safe_load((FOLDER / "compose.yaml").read_text())


@pytest.mark.parametrize("name", ["plain.yaml", "compose.yaml"])
def test_schema(name):
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", FOLDER / name)


def test_what_is_mounted_is_there():
    mounts = [
        one
        for service in FULL["services"].values()
        for one in service.get("volumes", [])
    ]
    assert len(mounts) == 6
    assert all((FOLDER / mount.split(":")[0]).is_file() for mount in mounts)


def test_configuration_of_prometheus(tmp_path):
    """With the rules where the container has them."""
    text = (FOLDER / "prometheus.yaml").read_text()
    rules = ROOT / "config" / "prometheus" / "alerts.yaml"
    file = tmp_path / "prometheus.yaml"
    file.write_text(text.replace("/etc/prometheus/alerts.yaml", str(rules)))
    assert "SUCCESS" in run("promtool", "check", "config", file)


def test_grafana_is_given_a_source_and_the_dashboard():
    (source,) = yaml.safe_load((FOLDER / "grafana/sources.yaml").read_text())[
        "datasources"
    ]
    assert source["type"] == "prometheus"
    assert source["url"].split("/")[2].split(":")[0] in FULL["services"]
    (provider,) = yaml.safe_load((FOLDER / "grafana/dashboards.yaml").read_text())[
        "providers"
    ]
    mounts = [one.split(":")[:2] for one in FULL["services"]["grafana"]["volumes"]]
    home = next(
        inside for _, inside in mounts if inside.startswith(provider["options"]["path"])
    )
    assert (
        FULL["services"]["grafana"]["environment"][
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
        ]
        == home
    )
    assert (
        json.loads((ROOT / "config/grafana/sidecar.json").read_text())["uid"]
        == "sidecar"
    )
