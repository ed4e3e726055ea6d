"""What the real shells offer, where they are installed."""

import os
import pty
import select
import shutil
import subprocess
import time
from functools import cache

import pytest

from sidecar.cli.completing import script
from sidecar.cli.parser import Flag, Offered
from tests.cli.command import ROOT, sidecar

LIMIT = 60.0
TYPED = [
    ("sidecar che", ["check"]),
    ("sidecar inject --u", ["--undo"]),
    ("sidecar run --conf", ["--config"]),
    ("sidecar check LICEN", ["LICENSE"]),
    ("sidecar check --format j", ["json"]),
    ("sidecar completion f", ["fish"]),
    ("sidecar nothing --", []),
]
ONE = Offered(
    "a",
    "isn't it",
    (Flag(("-b", "--bee"), "a \\ and a '", ("x", "y"), takes=True),),
    (),
)


@cache
def printed(shell):
    return sidecar("completion", shell).stdout


@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_what_bash_offers(typed, offered):
    words = typed.split()
    ask = f"COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}; _sidecar; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "-c", f"{printed('bash')}\n{ask}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split() == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_what_fish_offers(typed, offered, tmp_path):
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"{printed('fish')}\ncomplete -C '{typed}'"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == offered
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(
    ("typed", "completed"), [(t, o[0]) for t, o in TYPED if o and "LICEN" not in t]
)
def test_what_zsh_completes(typed, completed, tmp_path):
    """Typed at a terminal, for completion is asked for nowhere else."""
    file = tmp_path / "completion"
    file.write_text(printed("zsh"))
    shell = Terminal(["zsh", "-f", "-i"], tmp_path)
    try:
        shell.say("PROMPT='' PS1=''; autoload -U compinit && compinit -u -D\n")
        shell.say(f"source {file}; echo rea''dy\n")
        shell.wait_for("ready")
        start = typed.rpartition(" ")[0]
        shell.say(f"{typed}\t")
        shell.wait_for(f"{start} {completed}")
    finally:
        shell.end()


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, command, home):
        self._pid, self._file = pty.fork()
        if not self._pid:
            os.environ.update(TERM="dumb", HOME=str(home), ZDOTDIR=str(home))
            os.chdir(ROOT)
            os.execvp(command[0], command)  # noqa: S606
        self._said = ""

    def say(self, text):
        os.write(self._file, text.encode())

    def wait_for(self, text):
        last = time.monotonic() + LIMIT
        while text not in self._said:
            assert time.monotonic() < last, self._said
            if select.select([self._file], [], [], 0.1)[0]:
                self._said += os.read(self._file, 4096).decode(errors="replace")

    def end(self):
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._file)


def test_zsh_reads_what_bash_reads():
    assert script("zsh", [ONE]).endswith(script("bash", [ONE]))
    assert sidecar("completion", "tcsh").returncode == 2


def test_fish_is_told_what_each_is_for():
    lines = script("fish", [ONE]).splitlines()
    first, second = lines
    assert first == (
        "complete -c sidecar -n __fish_use_subcommand -f -a a -d 'isn\\'t it'"
    )
    assert second.startswith("complete -c sidecar -n '__fish_seen_subcommand_from a' ")
    assert second.endswith(" -s b -l bee -x -a 'x y' -d 'a \\\\ and a \\''")
