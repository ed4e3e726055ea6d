#!/usr/bin/env python3
"""Write the Grafana dashboard and the alert rules.

A panel or an alert is left out as long as a metric that it asks for is not in the
sidecar's own table: so none asks for what does not exist.
"""

import json
import sys
from pathlib import Path

from alert_rules import alerts
from dashboard import dashboard

from sidecar.inject.emit import block
from sidecar.telemetry.families import BY_NAME

ROOT = Path(__file__).parents[1]
NOTE = "# Generated: make schema.\n"


def main(root: Path) -> None:
    known = set(BY_NAME)
    drawn = json.dumps(dashboard(known), indent=2) + "\n"
    told = NOTE + "\n".join(block(alerts(known))) + "\n"
    chart = root / "helm" / "sidecar" / "files"
    for name, text in (
        (root / "config" / "grafana" / "sidecar.json", drawn),
        (root / "config" / "prometheus" / "alerts.yaml", told),
        (chart / "dashboard.json", drawn),
        (chart / "alerts.yaml", told),
    ):
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT)
