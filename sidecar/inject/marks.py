"""Marks: changes to a text that can be taken back, to the byte.

Every change is wrapped in comments, and the lines that it replaced are kept in them:

    # sidecar-inject: begin
    # sidecar-inject: was |    targetPort: 3000
        targetPort: 15080
    # sidecar-inject: end

What stands outside of the marks may be edited in between; it stays as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from sidecar.inject.errors import BrokenMarksError

_MARK: Final = "# sidecar-inject: "
_BEGIN: Final = re.compile(r"[ \t]*# sidecar-inject: begin\r?\n?")
_END: Final = re.compile(r"[ \t]*# sidecar-inject: end\r?\n?")
_WAS: Final = re.compile(r"[ \t]*# sidecar-inject: (was|was-last) \|")


@dataclass(frozen=True, slots=True)
class Change:
    """Put `new` in the place of `start:end`, and keep the lines `first:last`.

    Lines are counted from 0, `last` is the first one that is not kept; where both
    are the same, whole lines are inserted before that line.
    """

    start: int
    end: int
    new: str
    first: int
    last: int


def lines(text: str) -> list[str]:
    """Lines as YAML and editors count them, each with its end."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def line_starts(text: str) -> list[int]:
    """Offsets at which lines start, and that of the end of the text."""
    return [0, *accumulate(len(line) for line in lines(text))]


def is_marked(text: str) -> bool:
    return bool(re.search(r"^[ \t]*# sidecar-inject: begin", text, re.MULTILINE))


def changed(text: str, changes: Iterable[Change]) -> str:
    """Apply the changes, each group of them between marks."""
    old, starts = lines(text), line_starts(text)
    newline = "\r\n" if old and old[0].endswith("\r\n") else "\n"
    done: list[str] = []
    at = 0
    for group in _groups(changes):
        first, last = group[0].first, max(change.last for change in group)
        done += old[at:first]
        done += _wrapped(old[first:last], _edited(text, starts, group), newline)
        at = last
    return "".join([*done, *old[at:]])


def undone(text: str) -> str:
    """Return the text as it was before `changed`.

    Raises:
        BrokenMarksError
    """
    return "".join(_without_marks(lines(text)))


def _without_marks(found: Sequence[str]) -> Iterator[str]:
    began = 0
    for number, line in enumerate(found, 1):
        if _BEGIN.fullmatch(line):
            if began:
                raise BrokenMarksError("a mark begins within another", number, 1)
            began = number
        elif _END.fullmatch(line):
            if not began:
                raise BrokenMarksError("a mark ends that never began", number, 1)
            began = 0
        elif not began:
            yield line
        elif was := _WAS.match(line):
            kept = line[was.end() :]
            yield (
                kept.removesuffix("\n").removesuffix("\r")
                if was[1] == "was-last"
                else kept
            )
    if began:
        raise BrokenMarksError("a mark begins that has no end", began, 1)


def _groups(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that share lines, or insert at the same one, belong together."""
    groups: list[list[Change]] = []
    reached = -1
    for change in sorted(changes, key=lambda change: (change.first, change.start)):
        inserts = change.first == change.last
        if groups and (change.first < reached or (inserts and change.first == reached)):
            groups[-1].append(change)
        else:
            groups.append([change])
        reached = max(reached, change.last)
    return groups


def _edited(text: str, starts: Sequence[int], group: Sequence[Change]) -> str:
    at = starts[group[0].first]
    end = starts[max(change.last for change in group)]
    parts = []
    for change in sorted(group, key=lambda change: (change.start, change.end)):
        parts += [text[at : change.start], change.new]
        at = change.end
    return "".join([*parts, text[at:end]])


def _wrapped(old: Sequence[str], new: str, newline: str) -> Iterator[str]:
    indent = re.match(r"[ \t]*", new or "".join(old[:1]))
    mark = (indent[0] if indent else "") + _MARK
    yield f"{mark}begin{newline}"
    for line in old:
        if line.endswith("\n"):
            yield f"{mark}was |{line}"
        else:
            yield f"{mark}was-last |{line}{newline}"
    for line in lines(new):
        yield line.rstrip("\r\n") + newline
    yield f"{mark}end{newline}"
