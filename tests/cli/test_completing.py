import subprocess

import pytest

from sidecar.cli.completing import script
from tests.cli.command import ROOT, sidecar

BASH = sidecar("completion", "bash").stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sidecar che", ["check"]),
        ("sidecar inject --u", ["--undo"]),
        ("sidecar run --conf", ["--config"]),
        ("sidecar check LICEN", ["LICENSE"]),
        ("sidecar nothing --", []),
    ],
)
def test_what_bash_offers(typed, offered):
    words = typed.split()
    ask = f"COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}; _sidecar; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "-c", f"{BASH}\n{ask}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split() == offered


def test_zsh_reads_what_bash_reads():
    assert script("zsh", {"a": ["--b"]}).endswith(script("bash", {"a": ["--b"]}))
    assert sidecar("completion", "tcsh").returncode == 2
