"""Pod: what the sidecar adds to one, as plain data.

Start and end are what matters. The startup probe never asks the upstream: the
application starts after it passed. When the pod ends, the application is told first;
its hook makes it wait, so that what still arrives is served, while the sidecar's hook
tells clients to go.
"""

from math import ceil
from typing import Final

from sidecar.inject.emit import Data
from sidecar.inject.options import SLEEP_SINCE, Options
from sidecar.units import Seconds

NAME: Final = "sidecar"
LABEL: Final = "sidecar.dev/injected"
CONFIG: Final = "sidecar-config"
TMP: Final = "sidecar-tmp"
FOLDER: Final = "/etc/sidecar"
FILE: Final = f"{FOLDER}/sidecar.yaml"
USER: Final = 10001
# The admin listener's port, where no configuration gives it another.
ADMIN: Final = 9902
# For what is in flight once the sidecar itself is told to end.
DRAIN: Final[Seconds] = 15


def container(options: Options, port: int) -> dict[str, Data]:
    """The sidecar's container, before the application's port."""
    restart: dict[str, Data] = {"restartPolicy": "Always"} if options.is_native else {}
    return {
        "name": NAME,
        "image": options.image,
        **restart,
        "args": arguments(options, port),
        "ports": [
            {"name": "sidecar-http", "containerPort": options.listen},
            {"name": "sidecar-health", "containerPort": options.health},
        ],
        # A CPU limit would throttle it; without a request no autoscaler counts it.
        "resources": {
            "requests": {"cpu": "50m", "memory": "96Mi"},
            "limits": {"memory": "256Mi"},
        },
        "startupProbe": _probe("/startupz", options.health, 1, 30),
        "readinessProbe": _probe("/readyz", options.health, 2, 2),
        "livenessProbe": {
            **_probe("/livez", options.health, 10, 3),
            "timeoutSeconds": 3,
        },
        "lifecycle": {"preStop": {"exec": {"command": _drain(options)}}},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        # A whole folder: a file mounted by subPath never sees an update.
        "volumeMounts": [
            {"name": CONFIG, "mountPath": FOLDER, "readOnly": True},
            {"name": TMP, "mountPath": "/tmp"},  # noqa: S108 - in the container
        ],
    }


def arguments(options: Options, port: int) -> list[Data]:
    """Where it listens and asks stands in flags, which win over the file."""
    return [
        "run",
        f"--config={FILE}",
        f"--upstream=http://127.0.0.1:{port}",
        f"--listen=0.0.0.0:{options.listen}",
        f"--health=0.0.0.0:{options.health}",
    ]


def volumes(config_map: str) -> list[Data]:
    return [
        {"name": CONFIG, "configMap": {"name": config_map}},
        {"name": TMP, "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
    ]


def wait(options: Options) -> Data:
    """The application's hook: it goes on while endpoints are still being removed."""
    seconds = int(options.wait)
    if options.kubernetes >= SLEEP_SINCE:
        return {"sleep": {"seconds": seconds}}
    return {"exec": {"command": ["sleep", str(seconds)]}}


def config_map(name: str, namespace: str, workload: str, options: Options) -> Data:
    metadata: dict[str, Data] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "labels": {LABEL: "true"}},
        "data": {"sidecar.yaml": options.config or _configuration(workload)},
    }


def grace(options: Options) -> int:
    """How long the pod needs to end: the wait, what is in flight, and a little more."""
    drain = DRAIN if options.drain is None else options.drain
    return ceil(options.wait + drain) + 5


def _configuration(workload: str) -> str:
    return (
        f"# What the sidecar does for {workload}. It listens, and finds the\n"
        "# application, as the arguments of its container say.\n"
        f"shutdown: {{grace: 0s, timeout: {int(DRAIN)}s}}\n"
        f"telemetry: {{service: {workload}}}\n"
    )


def _drain(options: Options) -> list[Data]:
    command: list[Data] = ["sidecar", "drain", f"--config={FILE}"]
    if options.is_native:
        return command
    # Both are told to end at once; the sidecar must not go first.
    return [*command, f"--wait={int(options.wait)}"]


def _probe(path: str, port: int, period: int, failures: int) -> dict[str, Data]:
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "failureThreshold": failures,
    }
