"""Entry: what the command `sidecar` does first, whatever it is asked.

Status 0: all is well. 1: it was tried and failed. 2: what was asked for makes no
sense. What is expensive to import is imported by the commands that need it, within
their functions, so that `healthcheck` stays cheap.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence

from sidecar.cli import (
    completing,
    draining,
    explaining,
    injecting,
    loading,
    looking,
    serving,
)
from sidecar.cli.parser import FAILED, OK, Parser
from sidecar.compiled import VERSION

_URL = re.compile(r"https?://|unix:/", re.IGNORECASE)
_EXAMPLES = """\
examples:
  sidecar http://127.0.0.1:3000              in front of port 3000, with safe defaults
  sidecar run --config sidecar.yaml          as the file says
  sidecar check sidecar.yaml                 what is wrong with the file, if anything
  sidecar explain sidecar.yaml GET /api      what becomes of a request, and why
  sidecar inject deploy.yaml                 put it into a manifest or compose file
  sidecar demo                               a sample application behind a sidecar

A flag wins over the environment (SIDECAR_CONFIG, SIDECAR_UPSTREAM, SIDECAR_LISTEN,
SIDECAR_HEALTH, SIDECAR_ADMIN, SIDECAR_WORKERS), which wins over the file.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    _open_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and _URL.match(arguments[0]):
        arguments[:1] = ["run", "--upstream", arguments[0]]
    try:
        asked = parser().parse_args(arguments)
    except SystemExit as exit_:
        return int(exit_.code or OK)
    try:
        status = int(asked.command(asked))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return FAILED
    except OSError as error:
        # The reader of our output left, or the disk is full, as a rule.
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"error: {error}\n")
        # Python must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


def _open_streams() -> None:
    """Whoever closed one gets nothing there, and no socket takes its place.

    A log that goes to a number must not end up with a client.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def parser() -> Parser:
    """Return the parser of all commands, in the order of `sidecar --help`."""
    root = Parser(
        prog="sidecar",
        description="A reverse proxy that gives any HTTP application what it lacks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=VERSION)
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serving.declare_run(commands)
    serving.declare_check(commands)
    explaining.declare_explain(commands)
    looking.declare_schema(commands)
    looking.declare_demo(commands)
    loading.declare_loadtest(commands)
    looking.declare_healthcheck(commands)
    draining.declare_drain(commands)
    injecting.declare_inject(commands)
    completing.declare_completion(commands, root)
    looking.declare_version(commands)
    return root
