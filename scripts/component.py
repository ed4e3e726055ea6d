#!/usr/bin/env python3
"""The kustomize component: what `sidecar inject` adds, as patches.

They reach every Deployment with the label sidecar.dev/inject=true and the first port of
every Service with it.
"""

import sys
from pathlib import Path
from typing import Any

from sidecar.inject import pod
from sidecar.inject.emit import block
from sidecar.inject.options import Options

FOLDER = Path(__file__).parents[1] / "config" / "kustomize"
NAME = "sidecar"
SELECTED = "sidecar.dev/inject=true"
NOTE = "# Generated: make schema.\n"


def main(folder: Path) -> None:
    for name, document in files(Options()).items():
        (folder / name).write_text(NOTE + "\n".join(block(document)) + "\n")


def files(options: Options) -> dict[str, Any]:
    container: dict[str, Any] = dict(pod.container(options, 0))
    # The application's port stands in sidecar.yaml, for whoever uses this to edit.
    container["args"] = [
        one for one in container["args"] if not one.startswith("--upstream")
    ]
    spec = {"initContainers": [container], "volumes": pod.volumes(NAME)}
    template = {"metadata": {"labels": {pod.LABEL: "true"}}, "spec": spec}
    return {
        "deployment.yaml": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "any"},
            "spec": {"template": template},
        },
        "lifecycle.yaml": [
            {
                "op": "add",
                "path": "/spec/template/spec/containers/0/lifecycle",
                "value": {"preStop": pod.wait(options)},
            }
        ],
        "service.yaml": [
            {
                "op": "add",
                "path": "/spec/ports/0/targetPort",
                "value": options.listen,
            }
        ],
        "kustomization.yaml": {
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "configMapGenerator": [{"name": NAME, "files": ["sidecar.yaml"]}],
            # A name that changes with the content would replace the pods.
            "generatorOptions": {"disableNameSuffixHash": True},
            "patches": [
                patch("deployment.yaml", "Deployment"),
                patch("lifecycle.yaml", "Deployment"),
                patch("service.yaml", "Service"),
            ],
        },
    }


def patch(path: str, kind: str) -> dict[str, Any]:
    return {"path": path, "target": {"kind": kind, "labelSelector": SELECTED}}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
