"""Settings: what is in effect for one route, each with where it was said.

All that may bear on its requests: the route's own, its upstream's, the limits, and who
the user is. Secrets come masked, as on the admin listener.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.config.draft import value_at
from sidecar.config.effective import DEFAULT, as_written, leaves, plain
from sidecar.config.load import Loaded
from sidecar.config.mistakes import KeyPath, path_text

_GLOBAL = frozenset({"limits", "identity", "trusted_proxies"})
_ROUTE, _UPSTREAM = 2, 2
# They say which route it is, not what becomes of its requests.
_NAMES = frozenset({"name", "match", "upstream"})


@dataclass(frozen=True, slots=True)
class Setting:
    """`key`: where it is written, or would be; `source`: file and line, the flag or
    variable that set it, or `default`. `name`: the same without what leads there.
    """

    name: str
    value: object
    key: str
    source: str


def settings(loaded: Loaded, index: int) -> Iterator[Setting]:
    """Those of the route `index`, in the order of the schema."""
    values = plain(loaded.config, loaded.draft)
    upstream = str(loaded.config.routes[index].upstream)
    for path in leaves(values):
        if (name := _name(path, index, upstream)) is None:
            continue
        written = as_written(path, loaded.draft)
        yield Setting(
            name=path_text(name),
            value=value_at(values, path),
            key=path_text(written),
            source=loaded.sources[path_text(path)],
        )


def source(loaded: Loaded, *path: str | int) -> str:
    """Where a section, or a value, was said."""
    known = loaded.sources.get(path_text(path))
    if known is not None:
        return known
    document = loaded.draft.document
    position = document.values.get(path)
    return DEFAULT if position is None else f"{document.file}:{position.line}"


def _name(path: KeyPath, index: int, upstream: str) -> KeyPath | None:
    """What the setting is called here; None: it is none of the route's."""
    if path[:_ROUTE] == ("routes", index):
        return None if path[_ROUTE] in _NAMES else path[_ROUTE:]
    if path[:_UPSTREAM] == ("upstreams", upstream):
        return ("upstream", *path[_UPSTREAM:])
    return path if path[0] in _GLOBAL else None
