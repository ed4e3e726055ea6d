"""Serving: `sidecar run`, and `sidecar check` of the file it would run with."""

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.cli.parser import MISTAKEN, OK, Commands, declare

if TYPE_CHECKING:
    from sidecar.config.load import Loaded, Overrides

_SETTINGS = ("upstream", "listen", "health", "admin", "workers")
_WHAT_TO_TYPE = """\
error: nothing says where your application listens
   = sidecar run --upstream http://127.0.0.1:3000   if it listens on port 3000
   = sidecar run --config sidecar.yaml              if you have a file
   = sidecar demo                                   to see it work first
"""
_RUN_EXAMPLES = """\
examples:
  sidecar run http://127.0.0.1:3000
  sidecar run --config sidecar.yaml --listen 0.0.0.0:80
  SIDECAR_UPSTREAM=http://app:3000 sidecar run
"""
_CHECK_EXAMPLES = """\
examples:
  sidecar check sidecar.yaml
  sidecar check --format json sidecar.yaml   for editors and pipelines

The exit status is 0 where the file can be used, and 2 where it cannot.
"""


def declare_run(commands: Commands) -> None:
    run = declare(commands, "run", "start the sidecar", _run, _RUN_EXAMPLES)
    where = "where the application listens"
    absent = argparse.SUPPRESS
    run.add_argument("upstream", metavar="URL", nargs="?", default=absent, help=where)
    run.add_argument(
        "-c", "--config", metavar="FILE", type=Path, help="the configuration"
    )
    run.add_argument("--upstream", metavar="URL", help="the same, as a flag")
    run.add_argument(
        "--listen", metavar="ADDR", help="where clients connect; default: :8080"
    )
    run.add_argument(
        "--health",
        metavar="ADDR",
        help="of the health listener; default: 127.0.0.1:9901",
    )
    run.add_argument(
        "--admin", metavar="ADDR", help="of the admin listener; default: 127.0.0.1:9902"
    )
    run.add_argument("--workers", metavar="N", help="processes, or auto; default: 1")
    run.add_argument("--no-watch", action="store_true", help="reload only when told to")


def declare_check(commands: Commands) -> None:
    check = declare(
        commands, "check", "say what is wrong with a file", _check, _CHECK_EXAMPLES
    )
    check.add_argument("file", metavar="FILE", type=Path, help="the configuration")
    check.add_argument("--format", choices=("text", "json"), default="text")


def _run(arguments: argparse.Namespace) -> int:
    environ = os.environ
    path = arguments.config or environ.get("SIDECAR_CONFIG")
    if not (path or arguments.upstream or environ.get("SIDECAR_UPSTREAM")):
        sys.stderr.write(_WHAT_TO_TYPE)
        return MISTAKEN
    with _nothing_to_collect():
        from sidecar.config.load import Overrides, load  # noqa: PLC0415 - slow to import

        overrides = Overrides(**{name: getattr(arguments, name) for name in _SETTINGS})
        loaded = read(arguments.config, overrides)
        if loaded is None:
            return MISTAKEN
        from sidecar.server.run import run  # noqa: PLC0415

    again = partial(load, arguments.config, environ=dict(environ), overrides=overrides)
    return run(loaded, again, watch=not arguments.no_watch)


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Imports make no garbage, and a tenth of their time goes to looking for it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def read(path: Path | None, overrides: "Overrides | None" = None) -> "Loaded | None":
    """The configuration; None after its mistakes were printed."""
    from sidecar.config import report  # noqa: PLC0415 - slow to import
    from sidecar.config.load import Overrides, load  # noqa: PLC0415
    from sidecar.config.mistakes import ConfigError  # noqa: PLC0415

    overrides = overrides or Overrides()
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
        loaded = load(arguments.file, environ=without_settings())
    except ConfigError as error:
        if as_json:
            sys.stdout.write(report.as_json(error) + "\n")
        else:
            sys.stderr.write(report.text(error) + "\n")
        return MISTAKEN
    ok = report.ok_json if as_json else report.ok_text
    sys.stdout.write(ok(loaded) + "\n")
    return OK


def without_settings() -> dict[str, str]:
    """The environment for `${NAME}`, less what would hide the file's own mistakes."""
    hiding = {f"SIDECAR_{name.upper()}" for name in _SETTINGS}
    return {name: value for name, value in os.environ.items() if name not in hiding}
