"""Compiled: whether what is on the way of each request runs as C (setup.py)."""

from typing import Final

from sidecar import __version__, units

COMPILED: Final = not (units.__file__ or "").endswith(".py")
VERSION: Final = f"sidecar {__version__} ({'compiled' if COMPILED else 'pure Python'})"
