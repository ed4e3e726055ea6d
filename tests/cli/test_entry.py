import subprocess
import sys

import pytest

from sidecar import cli
from sidecar.compiled import VERSION
from tests.cli.command import ROOT, sidecar


def by_shell(arguments):
    """Run it with streams that only a shell can make."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m sidecar {arguments}'],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_version():
    for form in ("version", "--version"):
        done = sidecar(form)
        assert (done.returncode, done.stdout) == (0, f"{VERSION}\n")


@pytest.mark.parametrize(
    ("streams", "status"),
    [(">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 1)],
)
def test_streams_that_are_closed_or_full(streams, status):
    done = by_shell(f"version {streams}")
    assert done.returncode == status
    assert "Traceback" not in done.stderr


def test_input_that_is_closed_is_empty():
    done = by_shell("inject <&-")
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_cheap_imports_nothing_heavy():
    script = (
        "import sys; from sidecar.cli import main; main(['version'])\n"
        "main(['healthcheck', 'http://127.0.0.1:1/', '--timeout', '1'])\n"
        "print([m for m in ('pydantic', 'yaml', 'aiohttp', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_url_alone_is_the_short_form(capsys):
    """The flags after it are those of `run`."""
    assert cli.main(["http://127.0.0.1:3000", "--listen", "nowhere"]) == 2
    assert "--listen" in capsys.readouterr().err


def test_run_takes_it_as_well(capsys):
    """As `make run ARGS=URL` has it; a flag may stand before or after."""
    for asked in (
        ["http://a:1", "--listen", "nowhere"],
        ["--listen", "nowhere", "http://a:1"],
    ):
        assert cli.main(["run", *asked]) == 2
        said = capsys.readouterr().err
        assert "--listen" in said
        assert "unrecognized" not in said
    assert cli.main(["run", "--upstream", "http://a:1", "--listen", "nowhere"]) == 2
    assert "nothing says where" not in capsys.readouterr().err
