"""Report: mistakes as people read them, with the line and a caret, and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from sidecar.config.load import Loaded
from sidecar.config.mistakes import ConfigError, Mistake

_WIDTH = 100
_BEFORE = 60


def text(error: ConfigError) -> str:
    """Return all mistakes, one block each, and how many there are."""
    blocks = ["\n".join(_block(mistake)) for mistake in error.mistakes]
    return "\n".join([*blocks, f"{error}"])


def as_json(error: ConfigError) -> str:
    """Return what an editor or a pipeline reads; excerpts are left to it."""
    mistakes = [asdict(mistake) for mistake in error.mistakes]
    for mistake in mistakes:
        del mistake["excerpt"]
    return json.dumps({"ok": False, "mistakes": mistakes}, indent=2)


def _block(mistake: Mistake) -> Iterator[str]:
    yield f"error: {_printable(mistake.message)}"
    place = mistake.file
    if mistake.line:
        place += f":{mistake.line}:{mistake.column}"
    path = f"  ({mistake.path})" if mistake.path else ""
    yield f"  --> {_printable(place + path)}"
    hint = _printable(mistake.hint)
    if not mistake.excerpt:
        if hint:
            yield f"   = {hint}"
        return
    number = str(mistake.line)
    margin = " " * len(number)
    line, column = _window(mistake.excerpt, mistake.column)
    yield f" {margin} |"
    yield f" {number} | {line}"
    yield f" {margin} | {' ' * (column - 1)}^{' ' + hint if hint else ''}"


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around `column`, and the column within it."""
    start = 0 if column <= _WIDTH - 20 else column - _BEFORE
    return _printable(line[start : start + _WIDTH]), column - start


def _printable(value: str) -> str:
    """One character for each, so that the caret stays below its own."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "?" for c in value)


def ok_text(loaded: Loaded) -> str:
    """One line for a file without mistakes."""
    routes, upstreams = _counts(loaded)
    return (
        f"{loaded.path}: ok, {routes} route{_s(routes)},"
        f" {upstreams} upstream{_s(upstreams)}"
    )


def ok_json(loaded: Loaded) -> str:
    routes, upstreams = _counts(loaded)
    found = {"ok": True, "mistakes": [], "routes": routes, "upstreams": upstreams}
    return json.dumps(found, indent=2)


def _counts(loaded: Loaded) -> tuple[int, int]:
    return len(loaded.config.routes), len(loaded.config.upstreams)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
