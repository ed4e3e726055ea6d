"""Emit: plain data as lines of YAML, or within braces and brackets.

What may be read in two ways is quoted: `on`, `1:30`, `0x10`, an empty text. The result
means the same to readers of YAML 1.1 and of 1.2.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

Data = Mapping[str, "Data"] | Sequence["Data"] | str | int | bool
MAX_LINE: Final = 72
_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*", re.ASCII)
# JSON lets them stand as they are, YAML does not, or takes them for line ends.
_UNSEEN: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_WORDS: Final = frozenset(("y", "yes", "n", "no", "on", "off", "true", "false", "null"))


def block(data: Data, indent: str = "") -> list[str]:
    """Lines of block style, without their ends, all indented."""
    return [f"{indent}{line}" if line else "" for line in _lines(data)]


def flow(data: Data) -> str:
    """One line of flow style, which is JSON."""
    return _UNSEEN.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(data, ensure_ascii=False)
    )


def scalar(value: str | int) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else flow(value)
    return flow(value)


def _lines(data: Data) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _entry(scalar(key), value)
    elif isinstance(data, str | int):
        yield scalar(data)
    else:
        for item in data:
            first, *others = _lines(item) if item else [flow(item)]
            yield f"- {first}"
            yield from (f"  {line}" for line in others)


def _entry(key: str, value: Data) -> Iterator[str]:
    if isinstance(value, str) and _is_literal(value):
        yield f"{key}: |" if value.endswith("\n") else f"{key}: |-"
        yield from (
            f"  {line}" if line else "" for line in value.rstrip("\n").split("\n")
        )
    elif isinstance(value, str | int):
        yield f"{key}: {scalar(value)}"
    elif not value:
        yield f"{key}: {flow(value)}"
    elif one_line := _one_line(value):
        yield f"{key}: {one_line}"
    else:
        yield f"{key}:"
        yield from (f"  {line}" for line in _lines(value))


def _is_literal(value: str) -> bool:
    """Whether a block of lines says exactly this."""
    plain = all(character.isprintable() or character == "\n" for character in value)
    return (
        plain
        and "\n" in value[:-1]
        and not value[0].isspace()
        and not value.endswith("\n\n")
    )


def _one_line(value: Data) -> str:
    """A short list of words, which reads better in one line; empty for all else."""
    if isinstance(value, Mapping | str | int):
        return ""
    words = [scalar(item) for item in value if isinstance(item, str | int)]
    line = f"[{', '.join(words)}]"
    return line if len(words) == len(value) and len(line) <= MAX_LINE else ""
