"""Fixed: the keys that only a restart changes, and how a reload leaves them alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from sidecar.config.load import Loaded
from sidecar.config.mistakes import path_text

KEYS: Sequence[tuple[str, ...]] = (
    ("listen",),
    ("tls",),
    ("engine",),
    ("workers",),
    ("health", "listen"),
    ("admin", "listen"),
    ("store",),
    ("telemetry", "service"),
    ("memory",),
)


def with_fixed(new: Loaded, running: Loaded) -> tuple[Loaded, tuple[str, ...]]:
    """`new` with the values of `running` where a restart is needed, and which."""
    config = new.config
    origins: dict[str, str] = {}
    changed = []
    for path in [*KEYS, *_with_listener(new, running)]:
        value = _at(running.config, path)
        if _at(config, path) != value:
            config = _with(config, path, value)
            key = path_text(path)
            changed.append(key)
            origins |= _below(key, running)
    return replace(new, config=config, kept=origins), tuple(changed)


def _with_listener(new: Loaded, running: Loaded) -> Iterator[tuple[str, ...]]:
    """A listener that strangers can reach keeps its token until it is moved."""
    if new.config.admin.token is None and not running.config.admin.listen.is_loopback:
        yield ("admin", "token")


def _below(key: str, running: Loaded) -> dict[str, str]:
    return {
        one: origin
        for one, origin in running.sources.items()
        if one == key or one.startswith((f"{key}.", f"{key}["))
    }


def _at(model: BaseModel | None, path: tuple[str, ...]) -> Any:  # noqa: ANN401
    value: Any = model
    for key in path:
        value = getattr(value, key)
    return value


def _with(model: Any, path: tuple[str, ...], value: object) -> Any:  # noqa: ANN401
    """A copy in which `path` is `value`."""
    key, *rest = path
    below = _with(getattr(model, key), tuple(rest), value) if rest else value
    return model.model_copy(update={key: below})
