#!/usr/bin/env python3
"""The chart's values.schema.json: of its values, and of the configuration within them.

So Helm refuses a wrong key of the sidecar's configuration before it reaches a cluster.
Types are those of the defaults in values.yaml; what they cannot say stands in `SAID`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from sidecar.config import json_schema

CHART = Path(__file__).parents[1] / "helm" / "sidecar"
# The dialect that Helm 3 and 4 both read.
DIALECT = "http://json-schema.org/draft-07/schema#"
QUANTITIES = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number"]},
}
SAID: dict[str, dict[str, Any]] = {
    "config": {"$ref": "#/$defs/Config"},
    "upstream.url": {"type": "string", "pattern": "^$|^https?://[^/@]+/?$"},
    "reload": {"enum": ["rollout", "hot"]},
    "image.digest": {"type": "string", "pattern": "^$|^sha256:[0-9a-f]{64}$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "replicas": {"type": "integer", "minimum": 0},
    "wait": {"type": "integer", "minimum": 0},
    "podDisruptionBudget.maxUnavailable": {"type": ["integer", "string"]},
    "resources": {
        "type": "object",
        "properties": dict.fromkeys(("requests", "limits"), QUANTITIES),
    },
}  # fmt: skip
LOOKING_AHEAD = re.compile(r"\(\?[=!](?:[^()\\]|\\.)*\)")
# Of whoever installs it: any keys.
OPEN = ("labels", "annotations")


def main() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    config = json_schema.schema()
    definitions = {
        **config.pop("$defs"),  # type: ignore[dict-item]
        "Config": {key: value for key, value in config.items() if key != "$schema"},
    }
    definitions = for_go(definitions)
    found = {
        "$schema": DIALECT,
        "title": "Values of the chart sidecar",
        **of(values, ""),
        "$defs": definitions,
    }
    # Helm adds `global`, and what is said to the library's charts.
    found["properties"] |= {
        "global": {"type": "object"},
        "sidecar-lib": {"type": "object"},
    }
    sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def for_go(schema: Any) -> Any:
    """The schema as Helm can read it: its patterns know no looking ahead."""
    if isinstance(schema, list):
        return [for_go(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: for_go(one) for key, one in schema.items()}
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = LOOKING_AHEAD.sub("", pattern)
    return found


def of(value: Any, path: str) -> dict[str, Any]:
    """The schema that a default value stands for."""
    if path in SAID:
        return SAID[path]
    if isinstance(value, dict):
        if not value or path.rpartition(".")[2] in OPEN:
            return {"type": "object"}
        prefix = f"{path}." if path else ""
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: of(one, prefix + key) for key, one in value.items()},
        }
    kinds = {bool: "boolean", int: "integer", str: "string", list: "array"}
    return {"type": kinds[type(value)]}


if __name__ == "__main__":
    main()
