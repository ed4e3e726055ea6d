"""Set aside: a file that we cannot use is renamed, never deleted.

The latest of each name is kept, for whoever wants to know what happened.
"""

from pathlib import Path

SUFFIX = ".set-aside"


def set_aside(path: Path) -> None:
    """Make way for a new file at `path`."""
    path.replace(path.with_name(path.name + SUFFIX))
