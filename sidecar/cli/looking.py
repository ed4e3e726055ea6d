"""Looking: commands that serve nothing, from `schema` to `healthcheck`."""

import argparse
import os
import sys

from sidecar import __version__
from sidecar.cli.parser import FAILED, OK, Commands, declare

_HEALTHCHECK_EXAMPLES = """\
examples:
  sidecar healthcheck                              the health listener's /readyz
  sidecar healthcheck http://127.0.0.1:9901/livez

The exit status is 0 for a 2xx answer within the timeout, and 1 for all else.
"""


def declare_schema(commands: Commands) -> None:
    declare(commands, "schema", "print the JSON Schema of the file", _schema)


def declare_demo(commands: Commands) -> None:
    demo = declare(commands, "demo", "show what it does, on this machine", _demo)
    demo.add_argument(
        "--once", action="store_true", help="end after the comparison is printed"
    )


def declare_healthcheck(commands: Commands) -> None:
    health = declare(
        commands, "healthcheck", "ask a running one", _healthcheck,
        _HEALTHCHECK_EXAMPLES,
    )  # fmt: skip
    health.add_argument("url", metavar="URL", nargs="?", help="what to ask for")
    health.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=3.0, help="default: 3"
    )


def declare_version(commands: Commands) -> None:
    declare(commands, "version", "print the version", _version)


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
