"""Every command of the README and of docs is carried out, or named with who does."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import ROOT
from tests.loadtest.service import serving

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MANIFESTS = ROOT / "tests" / "data" / "manifests"
# Commands that are not carried out here: how they begin, why not, and what does it
# instead: a target of make or a file of tests.
ELSEWHERE = {
    "docker build": ("needs a base image", "make image-check"),
    "docker run": ("needs that image", "make image-check"),
    "docker compose": ("needs images", "make compose-check"),
    "helm ": ("needs Helm and a cluster", "make chart-check"),
    "make ": ("each starts much", "tests/test_docs.py"),
    "python3 -m http.server": ("goes on", "tests/test_getting_started.py"),
    "python -m benchmarks": ("takes minutes", "make bench"),
    "python -m tests.differential": ("takes minutes", "make differential"),
}
# Languages of blocks: commands, the sidecar's configuration (each is loaded), YAML of
# others, queries (each is parsed), and what is only to be looked at.
LANGUAGES = {"sh", "yaml", "yml", "promql", "text", "http"}
STARTS = re.compile(r"sidecar (http|run)")
ASKS = re.compile(r"http://[\d.]+:\d+")
ADDRESSES = re.compile(r"\(health (\S+), admin (\S+)\)")


def commands() -> list[str]:
    blocks = [
        block[1].replace("\\\n", " ")
        for page in PAGES
        for block in re.finditer(
            r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL
        )
    ]
    lines = [
        re.sub(r"\s+#.*", "", line).strip()
        for one in blocks
        for line in one.splitlines()
    ]
    return sorted({" ".join(line.split()) for line in lines if line})


COMMANDS = commands()


def of(first: str) -> list[str]:
    return [one for one in COMMANDS if one.startswith(first)]


@pytest.fixture
def shell(tmp_path):
    return prepared(tmp_path)


def prepared(folder):
    """A folder with the files that pages speak of, `sidecar` and a cluster that agrees."""
    programs = folder / "bin"
    programs.mkdir()
    scripts = {
        "sidecar": f'PYTHONPATH={ROOT} exec {sys.executable} -m sidecar "$@"',
        "kubectl": '[ "$1" = get ] && exec cat deploy.yaml; exec cat >/dev/null',
    }
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    (folder / "sidecar.yaml").write_text((ROOT / "config" / "minimal.yaml").read_text())
    shutil.copy(
        MANIFESTS / "kubernetes" / "frontend-deployment.yaml", folder / "deploy.yaml"
    )
    shutil.copy(
        MANIFESTS / "kubernetes" / "frontend-service.yaml", folder / "service.yaml"
    )
    shutil.copy(MANIFESTS / "compose" / "flask.yaml", folder / "compose.yaml")
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("SIDECAR_")
    }
    anywhere = {
        f"SIDECAR_{name}": "127.0.0.1:0" for name in ("LISTEN", "HEALTH", "ADMIN")
    }
    environment = (
        kept | anywhere | {"PATH": f"{programs}:{kept['PATH']}", "TOKEN": "none"}
    )
    return {"cwd": folder, "env": environment, "text": True}


@contextlib.contextmanager
def running(command: str, shell) -> Iterator[re.Match[str]]:
    with subprocess.Popen(
        ["sh", "-c", f"exec {command}"], stderr=subprocess.PIPE, **shell
    ) as process:
        try:
            assert process.stderr
            ready = next(
                line for line in process.stderr if line.startswith("sidecar ready on ")
            )
            found = ADDRESSES.search(ready)
            assert found
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)


def test_every_command_is_known():
    known = ("sidecar ", "kubectl get", "curl ", *ELSEWHERE)
    assert [one for one in COMMANDS if not one.startswith(known)] == []


def test_what_is_carried_out_elsewhere_is():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for begins, (why, where) in ELSEWHERE.items():
        assert why
        known = where.removeprefix("make ")
        assert known in targets or (ROOT / where).is_file()
        # Nothing is kept here that no page names any more.
        assert of(begins) or begins.startswith("python -m"), begins


def test_every_block_says_what_it_is():
    """An indented block would be one that nobody looks at."""
    for page in PAGES:
        fences = re.findall(r"^ *```(.*)$", page.read_text(), re.MULTILINE)
        assert set(fences[::2]) <= LANGUAGES, page
        assert set(fences[1::2]) <= {""}, page


@pytest.mark.parametrize(
    "command",
    [
        one
        for one in [*of("sidecar "), *of("kubectl get")]
        if not STARTS.match(one) and one not in of("sidecar loadtest")
    ],
)
def test_those_that_end(command, shell):
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, check=False, **shell
    )
    # `--check` says by its status what it found.
    assert done.returncode in ((0, 1) if "--check" in command else (0,)), done.stderr


@pytest.mark.parametrize("command", [one for one in COMMANDS if STARTS.match(one)])
def test_those_that_start_it(command, shell):
    with running(command, shell) as found:
        assert found[1].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("command", of("sidecar loadtest"))
def test_those_that_measure(command, shell):
    with serving() as service:
        there = ASKS.sub(service.url.rstrip("/"), command)
        subprocess.run(
            ["sh", "-c", f"{there} --rate 20 --duration 200ms"], check=True, **shell
        )
        assert service.asked


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """One that is asked by all; nobody stands behind it."""
    shell = prepared(tmp_path_factory.mktemp("asked"))
    with running("sidecar http://127.0.0.1:1", shell) as found:
        yield found, shell


@pytest.mark.parametrize("command", of("curl "))
def test_those_that_ask_it(command, asked):
    """Ports are those of the one that was started."""
    found, shell = asked
    there = command.replace("http://127.0.0.1:9901", found[1])
    there = there.replace("http://127.0.0.1:9902", found[2])
    there = there.replace("http://localhost:8080", f"{found[1]}/healthz?")
    answer = Path(shell["cwd"], "answer")
    answer.unlink(missing_ok=True)
    subprocess.run(
        ["sh", "-c", f"{there} --silent --show-error --output answer"],
        check=True,
        **shell,
    )
    assert answer.read_bytes()


def test_paths_that_commands_name_are_there():
    named = {
        word
        for one in COMMANDS
        for word in re.findall(r"(?<![/\w])(?:config|helm)/[\w./-]+", one)
    }
    assert named
    assert all((ROOT / name).exists() for name in named)
