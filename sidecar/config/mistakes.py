"""Mistakes: what is wrong with a configuration, and where.

Everything that reads a configuration collects these; `config.load` raises them
all at once. `config.report` renders them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

KeyPath = tuple[str | int, ...]
"""Where a value is: keys and list positions from the top of the file."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to correct.

    `file` is a file's name, or the flag or variable that the value came from; then
    `line` and `column` are 0, as they are where the file as a whole is wrong.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    excerpt: str = ""
    """The line of the file, with secrets masked; empty where there is none."""


class ConfigError(Exception):
    """The configuration cannot be used; all its mistakes, sorted by position."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        unique = dict.fromkeys(mistakes)
        self.mistakes = sorted(
            unique, key=lambda m: (m.line, m.column, m.path, m.message)
        )
        count = len(self.mistakes)
        super().__init__(f"{count} mistake{'' if count == 1 else 's'}")


def path_text(path: KeyPath) -> str:
    """Write a path as people do: `routes[0].timeouts.request`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def did_you_mean(word: object, known: Sequence[str]) -> str:
    """Return a hint naming the nearest of `known`, or empty."""
    near = get_close_matches(str(word)[:64], known, n=1, cutoff=0.6)
    if not near:
        folded = [k for k in known if k.lower() == str(word).lower()]
        near = folded[:1]
    return f"did you mean {near[0]!r}?" if near else ""
