"""Settings: what is in effect for one route, each with where it was said.

All that may bear on its requests: the route's own, its upstream's, the limits, and who
the user is. Secrets come masked, as on the admin listener.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.config.draft import value_at
from sidecar.config.effective import as_written, leaves, origin, plain_part
from sidecar.config.load import Loaded
from sidecar.config.mistakes import KeyPath, path_text
from sidecar.config.sections import Section

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
    """Those of the route `index`."""
    config = loaded.config
    route = config.routes[index]
    name = route.upstream or ""
    yield from _of(loaded, config.limits, ("limits",), ("limits",))
    networks = [str(network) for network in config.trusted_proxies]
    yield _setting(loaded, networks, ("trusted_proxies",), ("trusted_proxies",))
    upstream = config.upstreams[name]
    yield from _of(loaded, upstream, ("upstreams", name), ("upstream",))
    for number, identity in enumerate(config.identity):
        at = ("identity", number)
        yield from _of(loaded, identity, at, at)
    for one in _of(loaded, route, ("routes", index), ()):
        if one.name.partition(".")[0] not in _NAMES:
            yield one


def source(loaded: Loaded, *path: str | int) -> str:
    """Where a section, or a value, was said."""
    return loaded.kept.get(path_text(path)) or origin(path, loaded.draft)


def _of(
    loaded: Loaded, section: Section, path: KeyPath, name: KeyPath
) -> Iterator[Setting]:
    data = plain_part(section, path, loaded.draft)
    for below in leaves(data):
        yield _setting(loaded, value_at(data, below), (*path, *below), (*name, *below))


def _setting(loaded: Loaded, value: object, path: KeyPath, name: KeyPath) -> Setting:
    return Setting(
        name=path_text(name),
        value=value,
        key=path_text(as_written(path, loaded.draft)),
        source=source(loaded, *path),
    )
