"""Availability: the keys that the schema knows and the sidecar does not have yet.

`TABLE` is the only place to change when a feature arrives: remove its row.
"""

from collections.abc import Iterator, Mapping

from sidecar.config.mistakes import KeyPath
from sidecar.config.outline import Pattern, fits
from sidecar.config.sections import OFF

Allowed = tuple[object, ...]
ONLY_OFF: Allowed = ()

TABLE: Mapping[Pattern, Allowed] = {
    ("tls",): ONLY_OFF,
    ("telemetry", "tracing"): ONLY_OFF,
    ("telemetry", "sentry"): ONLY_OFF,
    ("alerts", "webhooks"): ONLY_OFF,
    ("alerts", "rules"): ONLY_OFF,
}
"""What else than off each key may be set to."""


def unavailable(data: object) -> Iterator[KeyPath]:
    """Paths in the file's data that use what is not there."""
    for pattern, allowed in TABLE.items():
        for path, value in _at(data, pattern, ()):
            if not _is_off(value) and not _is_one_of(value, allowed):
                yield path


def is_absent(path: KeyPath) -> bool:
    """Whether `path` is of a feature that is not there at all."""
    return any(fits(pattern, path) for pattern, allowed in TABLE.items() if not allowed)


def _at(
    data: object, pattern: Pattern, path: KeyPath
) -> Iterator[tuple[KeyPath, object]]:
    if not pattern:
        yield path, data
    elif pattern[0] == "*":
        items: list[tuple[str | int, object]] = []
        if isinstance(data, dict):
            items = list(data.items())
        elif isinstance(data, list):
            items = list(enumerate(data))
        for key, value in items:
            yield from _at(value, pattern[1:], (*path, key))
    elif isinstance(data, dict) and pattern[0] in data:
        yield from _at(data[pattern[0]], pattern[1:], (*path, pattern[0]))


def _is_off(value: object) -> bool:
    return _is_one_of(value, OFF) or value == []


def _is_one_of(value: object, allowed: Allowed) -> bool:
    """Equality that tells true from 1."""
    return any(type(value) is type(one) and value == one for one in allowed)
