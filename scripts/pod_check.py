#!/usr/bin/env python3
"""A rolling restart under load, of real pods that `sidecar inject` made.

Podman runs the pods; what the kubelet and the endpoints' controller do is done here, in
their order: hooks at once, endpoints later than them, SIGTERM to the application after
its hook, to the native sidecar after the application. No request may be lost. Once
without the hooks, to see that requests are lost then.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import yaml

from sidecar.inject.options import Options
from sidecar.inject.rewrite import inject

MANIFEST = Path(__file__).parents[1] / "tests" / "data" / "pods" / "app.yaml"
NETWORK = "sidecar-check"
LISTEN, HEALTH = 15080, 15081
CLIENTS = 8
# How long traffic still comes after the pod was told to end.
ENDPOINT_DELAY = 1.5
WAIT = 4
# What podman does not know, or reads as ports of the machine.
FOR_KUBERNETES = (
    "startupProbe", "readinessProbe", "livenessProbe", "restartPolicy", "ports",
)  # fmt: skip


class Pod:
    """One pod, as podman runs it: native sidecars are containers of it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.file = folder / f"{name}.yaml"
        found = injected()
        spec = found["Deployment"]["spec"]["template"]["spec"]
        self.hooks = {one["name"]: one.pop("lifecycle") for one in containers(spec)}
        for one in containers(spec):
            for key in FOR_KUBERNETES:
                one.pop(key, None)
        spec["containers"] = [*spec.pop("initContainers"), *spec["containers"]]
        spec["restartPolicy"] = "Never"
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": spec,
        }
        maps = [one for key, one in found.items() if key.startswith("ConfigMap")]
        self.file.write_text(yaml.safe_dump_all([*maps, pod]))

    def start(self) -> None:
        podman("kube", "play", "--network", NETWORK, str(self.file))
        shown = podman("pod", "inspect", self.name, "--format", "{{.InfraContainerID}}")
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        self.address = podman("inspect", shown, "--format", form)
        until(lambda: status(self.address, HEALTH, "/readyz") == http.client.OK)

    def end(self, service: "Service", *, hooks: bool) -> None:
        """What happens when a pod is deleted."""
        removal = threading.Timer(ENDPOINT_DELAY, service.remove, [self.address])
        removal.start()
        if hooks:
            command = self.hooks["sidecar"]["preStop"]["exec"]["command"]
            podman("exec", f"{self.name}-sidecar", *command)
            time.sleep(self.hooks["app"]["preStop"]["sleep"]["seconds"])
        for container in ("app", "sidecar"):
            full = f"{self.name}-{container}"
            podman("kill", "--signal", "TERM", full)
            code = podman("wait", full)
            if code != "0":
                raise SystemExit(f"{full} ended with status {code}")
        removal.join()
        self.remove()

    def remove(self) -> None:
        podman("kube", "down", str(self.file))


class Service:
    """What a Service is to clients: an address that leads to one of its endpoints."""

    def __init__(self) -> None:
        self._endpoints: list[str] = []
        self._turn = 0

    def add(self, address: str) -> None:
        self._endpoints = [*self._endpoints, address]

    def remove(self, address: str) -> None:
        self._endpoints = [one for one in self._endpoints if one != address]

    def one(self) -> str:
        self._turn += 1
        return self._endpoints[self._turn % len(self._endpoints)]


class Load:
    """Clients that ask all the time, over connections that they keep."""

    def __init__(self, service: Service) -> None:
        self.seen: Counter[str] = Counter()
        self._service = service
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._stop.is_set():
            used = connection is not None
            if connection is None:
                address = self._service.one()
                connection = http.client.HTTPConnection(address, LISTEN, timeout=10)
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
            except http.client.RemoteDisconnected:
                # Closed while idle, before any byte of an answer: every client asks
                # again then, on a new connection. A new one may not end so.
                self.seen["idle connection closed" if used else "no answer"] += 1
                connection = None
                continue
            except OSError as error:
                self.seen[type(error).__name__] += 1
                connection = None
                continue
            self.seen[str(answer.status)] += 1
            if answer.will_close:
                connection.close()
                connection = None

    @property
    def lost(self) -> int:
        fine = ("200", "idle connection closed")
        return sum(count for what, count in self.seen.items() if what not in fine)


def injected() -> dict[str, Any]:
    options = Options(image="localhost/sidecar:slim", wait=WAIT)
    done = inject([MANIFEST.read_text()], options)
    found: dict[str, Any] = {}
    for one in yaml.safe_load_all(done.texts[0]):
        name = one["metadata"]["name"]
        found[f"ConfigMap/{name}" if one["kind"] == "ConfigMap" else one["kind"]] = one
    return found


def containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def podman(*arguments: str) -> str:
    return ran("podman", *arguments)


def ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip()


def status(address: str, port: int, path: str) -> int:
    connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def until(holds: Any, patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("the pod does not become ready")
        time.sleep(0.1)


def keep_the_bridge() -> None:
    """Give the bridge the address that it has, for good.

    Until somebody sets it, it is the lowest of its ports' addresses, another one when a
    pod joins or leaves. The other pods go on sending to the former one, until this
    machine has something for them. When all clients just wait, it has nothing, and
    their answers are lost on the way.
    """
    form = "{{.NetworkInterface}}"
    bridge = podman("network", "inspect", NETWORK, "--format", form)
    (link,) = json.loads(ran("ip", "-json", "link", "show", "dev", bridge))
    ran("ip", "link", "set", "dev", bridge, "address", link["address"])


def rolling_restart(folder: Path, *, rounds: int, hooks: bool) -> Load:
    """Replace the pod several times, the new one first, and return what clients saw."""
    service = Service()
    pods = [Pod(f"app-{number}", folder) for number in range(rounds + 1)]
    pods[0].start()
    keep_the_bridge()
    service.add(pods[0].address)
    with Load(service) as load:
        for old, new in pairwise(pods):
            new.start()
            service.add(new.address)
            old.end(service, hooks=hooks)
    pods[-1].remove()
    return load


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    folder = Path(os.environ["FOLDER"])
    podman("network", "create", NETWORK)
    load = rolling_restart(folder, rounds=asked.rounds, hooks=True)
    print(
        f"  {asked.rounds} restarts with the hooks: {dict(load.seen)}, lost {load.lost}"
    )
    without = rolling_restart(folder, rounds=1, hooks=False)
    print(f"  1 restart without them: {dict(without.seen)}, lost {without.lost}")
    return 0 if load.lost == 0 < without.lost else 1


if __name__ == "__main__":
    sys.exit(main())
