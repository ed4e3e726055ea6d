"""The programs of .tools, and what they say of objects."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools" / "bin"
CHART = ROOT / "helm" / "sidecar"
HELMS = ("helm3", "helm4")
KUBERNETES = ("1.29", "1.33", "1.37")
CUSTOM = {"PodMonitor", "ServiceMonitor", "PrometheusRule"}


def run(program: str, *arguments: object, **options: Any) -> str:
    """What the program prints; with what it complains of where it fails."""
    done = subprocess.run(
        [
            TOOLS / program if (TOOLS / program).exists() else program,
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def objects(text: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(text) if one]


def assert_valid(text: str, folder: Path, *versions: str) -> None:
    """Every object is one that these versions of Kubernetes know; strictly."""
    file = folder / "objects.yaml"
    known = [one for one in objects(text) if one["kind"] not in CUSTOM]
    file.write_text(yaml.safe_dump_all(known))
    for version in versions or KUBERNETES:
        said = run("kubernetes-validate", "--strict", "-k", version, file)
        assert said.count(" passed for resource ") == len(known), said
        assert "WARN" not in said
