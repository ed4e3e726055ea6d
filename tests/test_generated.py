"""What scripts write is what lies there: `make schema` writes it anew."""

import subprocess
import sys

import pytest

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
