"""Mounting: what the file of `sidecar inject --config` says, and where it stands."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sidecar.cli.serving import without_settings
from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class Mounted:
    """`name`: what a compose file calls it; `drain`: how long it takes to end."""

    text: str
    name: str
    drain: Seconds


def mounted(path: Path, targets: Sequence[Path]) -> Mounted:
    """Read the file; what seems wrong with it is said on stderr.

    It need not be wrong where it will run: there may be variables and secrets there
    that are not here.

    Raises:
        OSError
    """
    text = path.read_bytes().decode(errors="replace")
    return Mounted(text, _name(path, targets), _drain(path))


def _drain(path: Path) -> Seconds:
    from sidecar.config import report  # noqa: PLC0415 - slow to import
    from sidecar.config.load import Overrides, load  # noqa: PLC0415
    from sidecar.config.mistakes import ConfigError  # noqa: PLC0415
    from sidecar.config.schema_process import Shutdown  # noqa: PLC0415

    shutdown = Shutdown()
    try:
        overrides = Overrides(upstream="http://127.0.0.1:1")
        loaded = load(path, environ=without_settings(), overrides=overrides)
        shutdown = loaded.config.shutdown
    except ConfigError as error:
        said = "is not right, unless it is where it runs:"
        sys.stderr.write(f"{path}: warning: {said}\n{report.text(error)}\n")
    return shutdown.grace + shutdown.timeout


def _name(path: Path, targets: Sequence[Path]) -> str:
    """As seen from the folder of the files, if they share one; of stdin, from here."""
    folders = {target.resolve().parent for target in targets} or {Path.cwd()}
    if len(folders) != 1:
        return str(path.resolve())
    name = os.path.relpath(path.resolve(), folders.pop())
    return name if name.startswith("../") else f"./{name}"
