"""Draft: a configuration before it is checked, with the origin of all it says.

The file's data, with flags and environment on top and `defaults` merged into every
route. Its paths are those of the effective configuration; `written` leads back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sidecar.config.document import Document
from sidecar.config.mistakes import KeyPath, Mistake, path_text
from sidecar.config.yaml_nodes import START, Position

DEFAULT = "default"
_ROUTE = 2  # ("routes", 3)


@dataclass(slots=True)
class Draft:
    """`outside` has what flags and variables set, by path: what to call each."""

    document: Document
    outside: dict[KeyPath, str] = field(default_factory=dict)
    data: dict[str, object] = field(default_factory=dict)

    def written(self, path: KeyPath) -> KeyPath:
        """Where the file says what is in effect at `path`: in the route or defaults.

        A path that the file does not have leads to itself.
        """
        if path[:1] == ("routes",) and len(path) > _ROUTE:
            inherited = ("defaults", *path[_ROUTE:])
            own = len(_known(self.document, path)) - _ROUTE
            theirs = len(_known(self.document, inherited)) - 1
            if theirs > max(own, 0):
                return inherited
        return path

    def place(self, path: KeyPath) -> tuple[str, Position | None]:
        """The file, flag or variable that set `path`, and where in the file."""
        named = self.outside.get(path)
        if named:
            return named.rpartition(" ")[2], None
        known = _known(self.document, path)
        return self.document.file, self.document.values.get(known, START)

    def mistake(
        self, path: KeyPath, message: str, hint: str = "", *, at_key: bool = False
    ) -> Mistake:
        """A mistake at the value (or the key) that is in effect at `path`."""
        written = self.written(path)
        file, position = self.place(written)
        if at_key and written in self.document.keys and position is not None:
            position = self.document.keys[written]
        line, column = (position.line, position.column) if position else (0, 0)
        return Mistake(file, line, column, path_text(written), message, hint)


def merged(below: object, above: object) -> object:
    """`above` over `below`; mappings key by key, all else as a whole."""
    if not isinstance(above, dict):
        return above
    below = below if isinstance(below, dict) else {}
    result = {key: merged(below.get(key), value) for key, value in above.items()}
    for key, value in below.items():
        if key not in above:
            result[key] = merged(None, value)  # a copy: routes do not share it
    return result


def draft(document: Document, outside: Mapping[KeyPath, tuple[str, object]]) -> Draft:
    """Put flags and variables over the file, and `defaults` into its routes."""
    result = Draft(document, {path: name for path, (name, _) in outside.items()})
    data = cast("dict[str, object]", merged(None, document.data))
    for path, (_, value) in outside.items():
        _put(data, path, value)
    defaults = data.get("defaults")
    routes = data.get("routes")
    if routes is None or isinstance(routes, list):
        complete = [_route(data, defaults, route) for route in routes or ()]
        if not ends_with_default(complete):
            complete.append(_route(data, defaults, {"name": DEFAULT}))
        data["routes"] = complete
    result.data = data
    return result


def ends_with_default(routes: list[object]) -> bool:
    """Whether the file has a last route of that name itself."""
    last = routes[-1] if routes else None
    return isinstance(last, dict) and last.get("name") == DEFAULT


def default_upstream(data: Mapping[str, object]) -> str:
    """The upstream of routes that name none: `default`, or the only one."""
    upstreams = data.get("upstreams")
    if isinstance(upstreams, dict) and len(upstreams) == 1:
        return str(next(iter(upstreams)))
    return DEFAULT


def value_at(data: object, path: KeyPath) -> object:
    """What `data` has at `path`; None where it has nothing."""
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def replace_at(data: object, path: KeyPath, value: object) -> None:
    """Set what is at `path`, where there is something."""
    container = value_at(data, path[:-1])
    if isinstance(container, dict | list):
        cast("dict[str | int, object]", container)[path[-1]] = value


def _route(data: Mapping[str, object], defaults: object, route: object) -> object:
    if not isinstance(route, dict):
        return route
    complete = merged(defaults if isinstance(defaults, dict) else {}, route)
    if isinstance(complete, dict) and complete.get("upstream") is None:
        complete["upstream"] = default_upstream(data)
    return complete


def _put(data: dict[str, object], path: KeyPath, value: object) -> None:
    """Set a value deep in mappings; where the file has something else, leave it."""
    at = data
    for part in path[:-1]:
        if at.get(str(part)) is None:
            at[str(part)] = {}
        below = at[str(part)]
        if not isinstance(below, dict):
            return
        at = below
    at[str(path[-1])] = value


def _known(document: Document, path: KeyPath) -> KeyPath:
    """The longest beginning of `path` that the file has."""
    while path and path not in document.values:
        path = path[:-1]
    return path
