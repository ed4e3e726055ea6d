"""Draining: `sidecar drain`, which tells a running one that its end is near.

For the hook that Kubernetes calls before it ends a pod: readiness fails from now on and
clients are told to connect elsewhere, while everything is still served.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.cli.parser import FAILED, MISTAKEN, OK, Commands, declare, number

if TYPE_CHECKING:
    from sidecar.config.load import Loaded

# Seconds: nobody's grace period is longer.
_LONGEST = 86_400
_EXAMPLES = """\
examples:
  sidecar drain                              the one on this machine
  sidecar drain --config sidecar.yaml        as the file says where it is, and its token
  sidecar drain --wait 10                    and return ten seconds later

The exit status is 0 where it was told, and 1 where it could not be.
"""


def declare_drain(commands: Commands) -> None:
    drain = declare(
        commands,
        "drain",
        "tell a running sidecar that its end is near",
        _drain,
        _EXAMPLES,
    )
    drain.add_argument(
        "-c", "--config", metavar="FILE", type=Path, help="its configuration"
    )
    drain.add_argument("--admin", metavar="ADDR", help="address of the admin listener")
    drain.add_argument(
        "--wait",
        metavar="SECONDS",
        type=number(0, _LONGEST),
        default=0.0,
        help="before this command ends; default: 0",
    )


def _drain(arguments: argparse.Namespace) -> int:
    from sidecar.cli.serving import read  # noqa: PLC0415 - slow to run
    from sidecar.config import probe  # noqa: PLC0415
    from sidecar.config.load import Overrides  # noqa: PLC0415

    listen = arguments.admin or os.environ.get("SIDECAR_ADMIN", "")
    token = None
    if arguments.config or os.environ.get("SIDECAR_CONFIG"):
        loaded = read(arguments.config, Overrides(admin=listen or None))
        if loaded is None:
            return MISTAKEN
        listen, token = str(loaded.config.admin.listen), _token(loaded)
    fault = probe.command(listen or probe.ADMIN, "/drain", token)
    # The hook's wait is kept whatever came of the rest: the application needs it.
    time.sleep(arguments.wait)
    if fault:
        sys.stderr.write(f"error: {fault}\n")
        return FAILED
    return OK


def _token(loaded: "Loaded") -> str | None:
    token = loaded.config.admin.token
    return None if token is None else token.get_secret_value()
