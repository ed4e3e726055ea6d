"""Looking: commands that serve nothing, from `schema` to `healthcheck`."""

import argparse
import os
import sys
from pathlib import Path

from sidecar.cli.parser import FAILED, MISTAKEN, OK, Commands, declare, mistaken, number
from sidecar.compiled import VERSION

_HEALTHCHECK_EXAMPLES = """\
examples:
  sidecar healthcheck                              the health listener's /readyz
  sidecar healthcheck --live                       its /livez
  sidecar healthcheck --config sidecar.yaml        as the file says where it is
  sidecar healthcheck http://127.0.0.1:9901/livez

The address is that of --health, SIDECAR_HEALTH, the file of --config or
SIDECAR_CONFIG, or 127.0.0.1:9901: the first of these that is there. The exit
status is 0 for a 2xx answer within the timeout, 2 where the address or the file is
mistaken, and 1 for all else.
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
        commands, "healthcheck", "ask a running sidecar whether it is well",
        _healthcheck, _HEALTHCHECK_EXAMPLES,
    )  # fmt: skip
    health.add_argument(
        "url", metavar="URL", nargs="?", help="what to ask, if not its health listener"
    )
    health.add_argument(
        "--health", metavar="ADDR", help="address of the health listener"
    )
    health.add_argument(
        "-c", "--config", metavar="FILE", type=Path, help="its configuration"
    )
    health.add_argument("--live", action="store_true", help="ask /livez, not /readyz")
    health.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=number(0.001, 3600),
        default=3.0,
        help="for the answer; default: 3",
    )


def declare_version(commands: Commands) -> None:
    declare(commands, "version", "print the version", _version)


def _schema(_: argparse.Namespace) -> int:
    from sidecar.config import json_schema  # noqa: PLC0415 - slow to import

    sys.stdout.write(json_schema.text())
    return OK


def _version(_: argparse.Namespace) -> int:
    sys.stdout.write(f"{VERSION}\n")
    return OK


def _demo(arguments: argparse.Namespace) -> int:
    from sidecar.demo import run  # noqa: PLC0415 - slow to import

    return run.main(arguments)


def _healthcheck(arguments: argparse.Namespace) -> int:
    from sidecar.config import probe  # noqa: PLC0415 - only here

    path = probe.LIVE if arguments.live else probe.READY
    url = arguments.url
    if not url:
        listen = _health_listener(arguments)
        if listen is None:
            return MISTAKEN
        try:
            url = probe.default_url(listen, path)
        except ValueError as error:
            return mistaken("sidecar healthcheck", str(error))
    fault = probe.fault(url, arguments.timeout, path)
    if fault:
        sys.stderr.write(f"error: {fault}\n")
        return FAILED
    return OK


def _health_listener(arguments: argparse.Namespace) -> str | None:
    """Its address; None after the mistakes of the file were printed.

    The file is read only where nothing else tells: that takes most of a second.
    """
    listen = arguments.health or os.environ.get("SIDECAR_HEALTH", "")
    if listen or not (arguments.config or os.environ.get("SIDECAR_CONFIG")):
        return str(listen)
    from sidecar.cli.serving import read  # noqa: PLC0415 - slow to run

    loaded = read(arguments.config)
    return str(loaded.config.health.listen) if loaded else None
