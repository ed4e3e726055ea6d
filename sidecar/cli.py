"""Command line: arguments in, exit status out.

Status 0: all is well. 1: it was tried and failed. 2: what was asked for makes no
sense: a wrong flag, or mistakes in the configuration. What is expensive to import
is imported by the commands that need it, so that `healthcheck` stays cheap.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sidecar import __version__

if TYPE_CHECKING:
    from sidecar.config.load import Loaded, Overrides

OK, FAILED, MISTAKEN = 0, 1, 2

_URL = re.compile(r"https?://|unix:/", re.IGNORECASE)
_COMMANDS = ("run", "check", "schema", "demo", "healthcheck", "version")
_FLAGS = ("--config", "--upstream", "--listen", "--health", "--admin", "--workers",
          "--format", "--timeout", "--once", "--help", "--version")  # fmt: skip
_WHAT_TO_TYPE = """\
error: nothing says where your application listens
   = sidecar run --upstream http://127.0.0.1:3000   if it listens on port 3000
   = sidecar run --config sidecar.yaml              if you have a file
   = sidecar demo                                   to see it work first
"""
_EXAMPLES = """\
examples:
  sidecar http://127.0.0.1:3000              in front of port 3000, with safe defaults
  sidecar run --config sidecar.yaml          as the file says
  sidecar check sidecar.yaml                 what is wrong with the file, if anything
  sidecar demo                               a sample application behind a sidecar

A flag wins over the environment (SIDECAR_CONFIG, SIDECAR_UPSTREAM, SIDECAR_LISTEN,
SIDECAR_HEALTH, SIDECAR_ADMIN, SIDECAR_WORKERS), which wins over the file.
"""
_RUN_EXAMPLES = """\
examples:
  sidecar run --upstream http://127.0.0.1:3000
  sidecar run --config sidecar.yaml --listen 0.0.0.0:80
  SIDECAR_UPSTREAM=http://app:3000 sidecar run
"""
_CHECK_EXAMPLES = """\
examples:
  sidecar check sidecar.yaml
  sidecar check --format json sidecar.yaml   for editors and pipelines

The exit status is 0 where the file can be used, and 2 where it cannot.
"""
_HEALTHCHECK_EXAMPLES = """\
examples:
  sidecar healthcheck                              the health listener's /readyz
  sidecar healthcheck http://127.0.0.1:9901/livez

The exit status is 0 for a 2xx answer within the timeout, and 1 for all else.
"""


class _Parser(argparse.ArgumentParser):
    """Says what to type next when a flag is wrong."""

    def error(self, message: str) -> NoReturn:
        hint = _did_you_mean(message)
        sys.stderr.write(f"error: {message}\n{hint}   = see {self.prog} --help\n")
        raise SystemExit(MISTAKEN)


def _did_you_mean(message: str) -> str:
    """The nearest command or flag to the wrong word in argparse's message."""
    wrong = re.search(r"(?:invalid choice: '|arguments: )([^\s'=]+)", message)
    known = [*_COMMANDS, *_FLAGS]
    near = get_close_matches(wrong[1], known, n=1) if wrong else []
    return f"   = did you mean {near[0]!r}?\n" if near else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and _URL.match(arguments[0]):
        arguments[:1] = ["run", "--upstream", arguments[0]]
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as exit_:
        return int(exit_.code or OK)
    try:
        return int(asked.command(asked))
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # The reader of our output left; Python must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sidecar",
        description="A reverse proxy that gives any HTTP application what it lacks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sidecar {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = _command(commands, "run", "start the sidecar", _run, _RUN_EXAMPLES)
    run.add_argument("-c", "--config", metavar="FILE", type=Path, help="the file")
    run.add_argument("--upstream", metavar="URL", help="where the application listens")
    run.add_argument("--listen", metavar="ADDR", help="where clients connect")
    run.add_argument("--health", metavar="ADDR", help="address of the health listener")
    run.add_argument("--admin", metavar="ADDR", help="address of the admin listener")
    run.add_argument("--workers", metavar="N", help="processes, or auto")

    check = _command(
        commands, "check", "say what is wrong with a file", _check, _CHECK_EXAMPLES
    )
    check.add_argument("file", metavar="FILE", type=Path)
    check.add_argument("--format", choices=("text", "json"), default="text")

    _command(commands, "schema", "print the JSON Schema of the file", _schema)

    demo = _command(commands, "demo", "show what it does, on this machine", _demo)
    demo.add_argument(
        "--once", action="store_true", help="end after the comparison is printed"
    )

    health = _command(
        commands, "healthcheck", "ask a running one", _healthcheck,
        _HEALTHCHECK_EXAMPLES,
    )  # fmt: skip
    health.add_argument("url", metavar="URL", nargs="?", help="what to ask for")
    health.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=3.0, help="default: 3"
    )

    _command(commands, "version", "print the version", _version)
    return parser


def _command(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    summary: str,
    function: object,
    examples: str = "",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    environ = os.environ
    path = arguments.config or environ.get("SIDECAR_CONFIG")
    if not (path or arguments.upstream or environ.get("SIDECAR_UPSTREAM")):
        sys.stderr.write(_WHAT_TO_TYPE)
        return MISTAKEN
    from sidecar.config.load import Overrides  # noqa: PLC0415 - slow to import

    flags = ("upstream", "listen", "health", "admin", "workers")
    overrides = Overrides(**{name: getattr(arguments, name) for name in flags})
    loaded = _loaded(arguments.config, overrides)
    if loaded is None:
        return MISTAKEN
    from sidecar.server.worker import run  # noqa: PLC0415 - slow to import

    return run(loaded)


def _loaded(path: Path | None, overrides: "Overrides") -> "Loaded | None":
    """The configuration; None after its mistakes were printed."""
    from sidecar.config import report  # noqa: PLC0415 - slow to import
    from sidecar.config.load import load  # noqa: PLC0415
    from sidecar.config.mistakes import ConfigError  # noqa: PLC0415

    try:
        return load(path, environ=os.environ, overrides=overrides)
    except ConfigError as error:
        sys.stderr.write(report.text(error) + "\n")
        return None


def _check(arguments: argparse.Namespace) -> int:
    from sidecar.config import report  # noqa: PLC0415 - slow to import
    from sidecar.config.load import load  # noqa: PLC0415
    from sidecar.config.mistakes import ConfigError  # noqa: PLC0415

    as_json = arguments.format == "json"
    try:
        loaded = load(arguments.file, environ=_without_settings())
    except ConfigError as error:
        if as_json:
            sys.stdout.write(report.as_json(error) + "\n")
        else:
            sys.stderr.write(report.text(error) + "\n")
        return MISTAKEN
    ok = report.ok_json if as_json else report.ok_text
    sys.stdout.write(ok(loaded) + "\n")
    return OK


def _without_settings() -> dict[str, str]:
    """The environment for `${NAME}`, less what would hide the file's own mistakes."""
    settings = ("UPSTREAM", "LISTEN", "HEALTH", "ADMIN", "WORKERS")
    hiding = {f"SIDECAR_{name}" for name in settings}
    return {name: value for name, value in os.environ.items() if name not in hiding}


def _schema(_: argparse.Namespace) -> int:
    from sidecar.config import json_schema  # noqa: PLC0415 - slow to import

    sys.stdout.write(json_schema.text())
    return OK


def _version(_: argparse.Namespace) -> int:
    sys.stdout.write(f"sidecar {__version__}\n")
    return OK


def _demo(arguments: argparse.Namespace) -> int:
    from sidecar.demo import run  # noqa: PLC0415 - slow to import

    return run.main(arguments)


def _healthcheck(arguments: argparse.Namespace) -> int:
    from sidecar.config import probe  # noqa: PLC0415 - only here

    url = arguments.url or probe.default_url(os.environ.get("SIDECAR_HEALTH", ""))
    fault = probe.fault(url, arguments.timeout)
    if fault:
        sys.stderr.write(f"error: {fault}\n")
        return FAILED
    return OK
