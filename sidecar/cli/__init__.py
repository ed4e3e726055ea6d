"""Command line: arguments in, exit status out."""

from sidecar.cli.entry import main

__all__ = ["main"]
