"""Explaining: `sidecar explain`: what becomes of a request, and which line says so."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.cli.parser import MISTAKEN, OK, Commands, declare, mistaken

if TYPE_CHECKING:
    from sidecar.server.explaining import Explained

_EXAMPLES = """\
examples:
  sidecar explain sidecar.yaml GET /api/products/7
  sidecar explain sidecar.yaml GET https://shop.example/ -H 'Accept-Encoding: br'
  sidecar explain sidecar.yaml POST /orders --client 203.0.113.9 --format json

Nothing is asked of anybody: it is what the configuration says, with the environment
over it. Without FILE it is that of SIDECAR_CONFIG, or the defaults. The exit status is
0 where there was something to explain, and 2 where the file or the request is mistaken.
"""


def declare_explain(commands: Commands) -> None:
    explain = declare(
        commands, "explain", "say what becomes of a request", _explain, _EXAMPLES
    )
    add = explain.add_argument
    add("file", metavar="FILE", nargs="?", type=Path, help="the configuration")
    add("method", metavar="METHOD", help="such as GET")
    add("url", metavar="URL", help="may begin at its path")
    add(
        "-H",
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="of the request",
    )
    add("--client", metavar="ADDRESS", default="127.0.0.1", help="who sends it")
    add("--all", action="store_true", help="with settings that are defaults")
    add("--format", choices=("text", "json"), default="text")


def _explain(arguments: argparse.Namespace) -> int:
    from sidecar.cli.serving import read  # noqa: PLC0415 - slow to run
    from sidecar.server.explaining import NotARequest, explained  # noqa: PLC0415

    loaded = read(arguments.file)
    if loaded is None:
        return MISTAKEN
    try:
        found = explained(
            loaded, arguments.method, arguments.url, arguments.header, arguments.client
        )
    except NotARequest as error:
        return mistaken("sidecar explain", str(error))
    if arguments.format == "json":
        text = json.dumps(asdict(found), indent=2)
    else:
        text = "\n".join(_lines(found, complete=arguments.all))
    sys.stdout.write(text + "\n")
    return OK


def _lines(found: "Explained", *, complete: bool) -> list[str]:
    from sidecar.explain.text import lines  # noqa: PLC0415 - slow to import

    head = [f"{found.method} {found.url}", ""]
    if found.refused is not None:
        refused = found.refused
        why = f"refused before any route: {refused.status} {refused.code}"
        return [*head, why, refused.title]
    if found.explanation is None:
        return head
    return [*head, *lines(found.explanation, complete=complete)]
