#!/usr/bin/env python3
"""The compose files, started: clients are served, and Prometheus sees the sidecar."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "config" / "compose"
PATIENCE = 40.0


def main(program: str) -> None:
    compose(program, "plain.yaml", (), plain)
    compose(program, "compose.yaml", ("app", "valkey", "sidecar", "prometheus"), full)


def compose(
    program: str, file: str, services: tuple[str, ...], look: Callable[[], None]
) -> None:
    """Start it, look, and stop it in its order: first the sidecar, then the rest."""
    command = [program, "--file", str(FOLDER / file), "--project-name", "check"]
    run(*command, "up", "--detach", *services)
    try:
        look()
    except BaseException:
        sys.stdout.write(run("podman", "logs", "check_sidecar_1", check=False))
        raise
    run(*command, "stop", "sidecar")
    form = "{{.State.ExitCode}}"
    status = run("podman", "inspect", "check_sidecar_1", "--format", form).strip()
    if status != "0":
        raise SystemExit(f"{file}: the sidecar ended with status {status}")
    run(*command, "down")
    print(f"  {file}: served, seen, stopped with status 0")


def plain() -> None:
    answer = until(lambda: fetch("http://127.0.0.1:8080/products"))
    if not answer.get("products"):
        raise SystemExit("that is not what the application says")


def full() -> None:
    plain()
    for _ in range(20):
        fetch("http://127.0.0.1:8080/reports/annual")
    query = "http://127.0.0.1:9090/api/v1/query?query="
    until(lambda: value(fetch(f"{query}up%7Bjob%3D%22sidecar%22%7D")) == "1")
    until(lambda: value(fetch(f"{query}sidecar_build_info")) == "1")
    groups = fetch("http://127.0.0.1:9090/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    if not rules or any(rule["health"] == "err" for rule in rules):
        raise SystemExit(f"rules that do not work: {rules}")
    print(f"  compose.yaml: Prometheus sees the sidecar, {len(rules)} rules work")


def value(answer: dict[str, Any]) -> str | None:
    result = answer["data"]["result"]
    return result[0]["value"][1] if result else None


def fetch(url: str) -> Any:
    """JSON; also that of an error, as reports have them."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.loads(error.read() or b"{}")


def until(ask: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if answer := ask():
                return answer
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit("it does not come about")
        time.sleep(0.25)


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    main(sys.argv[1])
