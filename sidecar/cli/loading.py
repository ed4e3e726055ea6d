"""Loading: `sidecar loadtest`: latency at a constant rate, direct and through."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from sidecar.cli.parser import FAILED, OK, Commands, declare, mistaken

if TYPE_CHECKING:
    from sidecar.loadtest.target import Target

_EXAMPLES = """\
examples:
  sidecar loadtest http://127.0.0.1:8080/
  sidecar loadtest http://127.0.0.1:8080/ --direct http://127.0.0.1:3000/
  sidecar loadtest http://127.0.0.1:8080/ --rate 2000 --duration 1m --format json

Requests come by the clock, and a latency counts from when a request was due: a service
that stalls shows all of it. Times are those of good answers (below 400) and of those
that did not come in time. What is neither on this machine nor in a private network is
asked only with --yes-remote: it should be yours. The exit status is 0 where there were
good answers, 1 where there were none, and 2 where the question makes no sense.
"""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MOST_RATE, _LONGEST = 50_000, 3600.0


def declare_loadtest(commands: Commands) -> None:
    load = declare(
        commands, "loadtest", "measure latency at a constant rate", _load, _EXAMPLES
    )
    add = load.add_argument
    add("url", metavar="URL", help="what is asked")
    add("--direct", metavar="URL", help="the same without the sidecar, to compare")
    add(
        "-r",
        "--rate",
        metavar="N",
        type=_rate,
        default=100.0,
        help="requests a second; default: 100",
    )
    add(
        "-d",
        "--duration",
        metavar="TIME",
        type=_duration,
        default=10.0,
        help="for each URL; default: 10s",
    )
    add(
        "-c",
        "--connections",
        metavar="N",
        type=_connections,
        default=64,
        help="at most; default: 64",
    )
    add(
        "--timeout",
        metavar="TIME",
        type=_duration,
        default=10.0,
        help="of a request; default: 10s",
    )
    add("-X", "--method", choices=_METHODS, default="GET", help="default: GET")
    add(
        "-H",
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="of each request",
    )
    add("--data", metavar="TEXT", default="", help="the body of each request")
    add("--yes-remote", action="store_true", help="ask others than private networks")
    add("--format", choices=("text", "json"), default="text")


def _load(arguments: argparse.Namespace) -> int:
    from sidecar.loadtest.open_loop import Plan  # noqa: PLC0415 - only here
    from sidecar.loadtest.report import document, lines  # noqa: PLC0415
    from sidecar.loadtest.run import run  # noqa: PLC0415
    from sidecar.loadtest.target import NotATarget  # noqa: PLC0415

    try:
        targets = _targets(arguments)
    except NotATarget as error:
        return mistaken("sidecar loadtest", str(error))
    plan = Plan(
        arguments.rate,
        arguments.connections,
        arguments.timeout,
        repeatable=arguments.method not in ("POST", "PATCH"),
    )
    outcome = run(targets, plan, arguments.duration)
    if arguments.format == "json":
        text = json.dumps(document(outcome), indent=2)
    else:
        text = "\n".join(lines(outcome))
    sys.stdout.write(f"{text}\n")
    return OK if any(tally.good for tally in outcome.tallies) else FAILED


def _targets(arguments: argparse.Namespace) -> "list[Target]":
    """Those to ask; raises NotATarget where one may not be."""
    from sidecar.loadtest.target import (  # noqa: PLC0415 - only here
        NotATarget,
        Question,
        field,
        target,
    )

    question = Question(
        arguments.method,
        tuple(field(header) for header in arguments.header),
        arguments.data.encode("utf-8", "surrogateescape"),
    )
    named = {"direct": arguments.direct} if arguments.direct else {}
    named["through" if arguments.direct else "asked"] = arguments.url
    found = [target(name, url, question) for name, url in named.items()]
    for one in found:
        if not (one.is_near or arguments.yes_remote):
            raise NotATarget(
                f"{one.url} is at {one.address[0]}, which is no private address;"
                " if it is yours, say --yes-remote"
            )
    return found


def _number(text: str, most: float) -> float:
    said = f"more than 0 and at most {most:,.0f} is needed, not {text!r}"
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(said) from None
    if not 0 < value <= most:
        raise argparse.ArgumentTypeError(said)
    return value


def _rate(text: str) -> float:
    return _number(text, _MOST_RATE)


def _connections(text: str) -> int:
    from sidecar.loadtest.open_loop import MOST_CONNECTIONS  # noqa: PLC0415 - only here

    return max(1, int(_number(text, MOST_CONNECTIONS)))


def _duration(text: str) -> float:
    from sidecar.config.quantities import duration  # noqa: PLC0415 - only here

    plain = text.replace(".", "", 1).isdigit()
    try:
        return _number(str(duration(float(text) if plain else text)), _LONGEST)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
