"""Load: from a file, the environment and flags to one checked configuration.

bytes → document → draft (flags > environment > file; defaults in routes)
      → availability, checks, schema → Loaded, or ConfigError with all mistakes
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from sidecar.config import availability, checks, secret_files, translation
from sidecar.config.document import Document, parse
from sidecar.config.draft import Draft, draft
from sidecar.config.effective import origins
from sidecar.config.excerpt import with_excerpts
from sidecar.config.mistakes import ConfigError, KeyPath, Mistake, path_text
from sidecar.config.schema import Config
from sidecar.config.yaml_nodes import MAX_BYTES, NOWHERE, Unreadable, scalar

_KEYS: Mapping[str, KeyPath] = {
    "upstream": ("upstreams", "default", "url"),
    "listen": ("listen",),
    "health": ("health", "listen"),
    "admin": ("admin", "listen"),
    "workers": ("workers",),
}


@dataclass(frozen=True, slots=True)
class Overrides:
    """What flags say, as text; None: not given."""

    upstream: str | None = None
    listen: str | None = None
    health: str | None = None
    admin: str | None = None
    workers: str | None = None


@dataclass(frozen=True)
class Loaded:
    """A configuration that may be used, and where its values come from."""

    config: Config
    path: Path | None
    """The file, if there was one."""
    draft: Draft = field(repr=False, compare=False)
    kept: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Origins of what is not the file's, because only a restart changes it."""

    @property
    def says_nothing(self) -> bool:
        """Whether there is a file, and it is empty."""
        return self.path is not None and not self.draft.document.data

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """For each key: `file:line`, a flag, a variable, or `default`."""
        return {**origins(self.config, self.draft), **self.kept}


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    overrides: Overrides = Overrides(),
) -> Loaded:
    """Read the file, or SIDECAR_CONFIG, or none; flags and variables win over it.

    Raises:
        ConfigError: there are mistakes; all of them.
    """
    if path is None and environ.get("SIDECAR_CONFIG"):
        path = Path(environ["SIDECAR_CONFIG"])
    document = _read(path, environ) if path else Document("")
    found = draft(document, _outside(environ, overrides))
    folder = path.parent if path else Path()
    config: Config | None = None
    mistakes = [
        *_in_values(document),
        *secret_files.read(found, folder),
        *checks.mistakes(found),
    ]
    try:
        config = _validated(found)
    except ValidationError as error:
        mistakes += translation.mistakes(error, found)
    wrong = {mistake.path for mistake in mistakes}
    mistakes += [m for m in _unavailable(found) if m.path not in wrong]
    if mistakes or config is None:
        raise ConfigError(with_excerpts(_worth_telling(mistakes, found), document))
    return Loaded(config, path, found)


def _read(path: Path, environ: Mapping[str, str]) -> Document:
    content = b""
    try:
        content = _content(path)
        return parse(content, str(path), environ)
    except Unreadable as error:
        at = error.position
        mistake = Mistake(str(path), at.line, at.column, "", str(error))
        lines = content.decode(errors="replace").splitlines()
        aside = Document(str(path), tuple(lines))
        if 0 < at.line <= len(lines) and "${" in lines[at.line - 1]:
            mistake = replace(mistake, hint='within { } or [ ], quote "${NAME}"')
        raise ConfigError(with_excerpts([mistake], aside)) from None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a file name"
        raise Unreadable(f"the file cannot be read: {why}", NOWHERE) from None


def _outside(
    environ: Mapping[str, str], overrides: Overrides
) -> dict[KeyPath, tuple[str, object]]:
    """What flags and variables set: the name of each, and its value."""
    found: dict[KeyPath, tuple[str, object]] = {}
    for name, path in _KEYS.items():
        flag: str | None = getattr(overrides, name)
        variable = f"SIDECAR_{name.upper()}"
        if flag is not None:
            found[path] = (f"flag --{name}", _typed(name, flag))
        elif environ.get(variable):
            found[path] = (f"environment {variable}", _typed(name, environ[variable]))
    return found


def _typed(name: str, text: str) -> object:
    return scalar(text) if name == "workers" else text


def _in_values(document: Document) -> Iterator[Mistake]:
    for path, at, message in document.problems:
        yield Mistake(document.file, at.line, at.column, path_text(path), message)


def _unavailable(found: Draft) -> Iterator[Mistake]:
    """Look at what was written, not at what routes inherit."""
    seen = set()
    for path in availability.unavailable(found.data):
        written = found.written(path)
        if written not in seen:
            seen.add(written)
            yield found.mistake(
                path, f"not available yet: {path_text(written)}", at_key=True
            )


def _validated(found: Draft) -> Config:
    try:
        return Config.model_validate(found.data)
    except ValidationError as error:
        if not translation.as_text(error, found):
            raise
    return Config.model_validate(found.data)


def _worth_telling(mistakes: list[Mistake], found: Draft) -> Iterator[Mistake]:
    """Drop what only follows from a value that could not be read."""
    unread = {path_text(path) for path, _, _ in found.document.problems}
    first = {id(m) for m in mistakes[: len(found.document.problems)]}
    for mistake in mistakes:
        if id(mistake) in first or mistake.path not in unread:
            yield mistake
