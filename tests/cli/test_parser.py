import pytest

from sidecar.cli.entry import parser
from tests.cli.command import sidecar


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run"], "sidecar run --upstream http://127.0.0.1:3000"),
        ([], "see sidecar --help"),
        (["chek"], "did you mean 'check'?"),
        (["validate"], "did you mean 'check'?"),
        (["localhost:3000/"], "sidecar http://localhost:3000\n"),
        (["3000"], "sidecar http://127.0.0.1:3000\n"),
        (
            ["completion", "3000"],
            "'3000' (choose from 'bash', 'zsh', 'fish')\n   = see",
        ),
        (["healthcheck", "--health", "nonsense"], "not an address to listen on"),
        (["run", "--upstraem", "x"], "did you mean '--upstream'?"),
        (["run", "--version"], "--version is for: sidecar, before any command"),
        (
            ["check", "x", "--listen=y"],
            "--listen is for: sidecar run, sidecar inject\n",
        ),
        (["check"], "see sidecar check --help"),
        (["run", "--upstream", "app"], "not an upstream's URL"),
        (["run", "--upstream", "http://a", "--workers", "many"], "--workers"),
        (["run", "-c", "/nowhere.yaml"], "No such file"),
        (["http://u:hunter2@a"], "has no place"),
        (["unix:relative"], "see sidecar --help"),
        (["drain", "--wait", "nan"], "a number from 0 to 86400 is needed, not 'nan'"),
        (["healthcheck", "--timeout", "-1"], "a number from 0.001 to 3600"),
        (["inject", "--kubernetes", "1"], "a version such as 1.33"),
        (["inject", "--port", "0"], "a whole number from 1 to 65535"),
        (["loadtest", "http://a", "--rate", "x"], "more than 0 and at most 50,000"),
    ],
)
def test_what_makes_no_sense_is_status_2_and_says_what_to_type(arguments, says):
    done = sidecar(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_flags_have_help_with_examples():
    for command in ("run", "check", "healthcheck"):
        done = sidecar(command, "--help")
        assert done.returncode == 0
        assert "examples:" in done.stdout


def test_every_flag_says_what_it_is():
    silent = {
        f"{command.name} {' '.join(flag.names)}"
        for command in parser().offered()
        for flag in command.flags
        if not (flag.help or flag.choices)
    }
    assert silent == set()
