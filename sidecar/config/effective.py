"""Effective: the configuration in use as plain data, without secrets.

What is not available yet is left out, so that nobody thinks it is on.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from sidecar.config.availability import is_absent
from sidecar.config.document import Document
from sidecar.config.draft import Draft
from sidecar.config.mistakes import KeyPath, path_text
from sidecar.config.schema import Config
from sidecar.config.sections import Section
from sidecar.config.translation import located

REDACTED = "**********"
DEFAULT = "default"
_SENSITIVE = re.compile(r"(?i)auth|cookie|token|secret|passw|key|session")
_SET = 5  # routes[0].headers.request.set.NAME: five steps lead to the names


class InUse(Protocol):
    """A configuration and where it came from (`config.load.Loaded`)."""

    @property
    def config(self) -> Config: ...
    @property
    def path(self) -> Path | None: ...
    @property
    def draft(self) -> Draft: ...
    @property
    def sources(self) -> Mapping[str, str]: ...


def effective(loaded: InUse) -> dict[str, Any]:
    """Return `config` as nested data, and for each of its values the origin."""
    return {
        "file": str(loaded.path) if loaded.path else None,
        "config": plain(loaded.config, loaded.draft),
        "origins": dict(loaded.sources),
    }


def plain(config: Config, draft: Draft) -> dict[str, object]:
    """Dump the configuration; `defaults` are already in every route."""
    data = config.model_dump(mode="json", by_alias=True, exclude={"defaults"})
    return cast("dict[str, object]", _cleaned(data, (), draft))


def plain_part(section: Section, path: KeyPath, draft: Draft) -> object:
    """The same of one section, the one at `path`."""
    return _cleaned(section.model_dump(mode="json", by_alias=True), path, draft)


def origins(config: Config, draft: Draft) -> dict[str, str]:
    return {
        path_text(path): origin(path, draft) for path in leaves(plain(config, draft))
    }


def as_written(path: KeyPath, draft: Draft) -> KeyPath:
    """Where the file says it: also what is one value there, and a list in effect."""
    return draft.written(located(path, draft.data))


def _cleaned(value: object, path: KeyPath, draft: Draft) -> object:
    if isinstance(value, dict):
        return {
            key: _cleaned(item, (*path, key), draft)
            for key, item in value.items()
            if not is_absent((*path, key))
        }
    if isinstance(value, list):
        return [_cleaned(item, (*path, i), draft) for i, item in enumerate(value)]
    return REDACTED if _may_be_secret(path, draft.document, draft) else value


def _may_be_secret(path: KeyPath, document: Document, draft: Draft) -> bool:
    """A field value that a route writes: by its name, or from a variable."""
    if len(path) <= _SET or path[2] != "headers" or path[-2] != "set":
        return False
    from_variable = draft.written(path) in document.variables
    return from_variable or bool(_SENSITIVE.search(str(path[-1])))


def leaves(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of values; a list is one value unless mappings are in it."""
    items: Mapping[str | int, object] = {}
    if isinstance(value, dict):
        items = value
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = dict(enumerate(value))
    if not items:
        yield path
    for key, item in items.items():
        yield from leaves(item, (*path, key))


def origin(path: KeyPath, draft: Draft) -> str:
    """Who says what is in effect: file and line, a flag, a variable, or `default`."""
    for at in (path, path[:-1]):  # a list that was written as one value
        if at in draft.outside:
            return draft.outside[at]
    written = as_written(path, draft)
    position = draft.document.values.get(written)
    if position is None:
        return DEFAULT
    names = draft.document.variables.get(written, ())
    suffix = f" (environment {', '.join(names)})" if names else ""
    return f"{draft.document.file}:{position.line}{suffix}"
