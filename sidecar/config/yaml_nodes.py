"""YAML nodes: one pass of the C loader over hostile text, and YAML 1.2's scalars.

The loader is asked for nodes only, which know their line and column. Bounds: bytes
before parsing, depth while composing (the C composer recurses without one).
"""

import re
from dataclasses import dataclass

import yaml

MAX_BYTES = 8 << 20
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?",
    re.ASCII,
)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
STR = "tag:yaml.org,2002:str"
MAP = "tag:yaml.org,2002:map"
SEQ = "tag:yaml.org,2002:seq"


@dataclass(frozen=True, slots=True)
class Position:
    """Counted from 1, as editors do."""

    line: int
    column: int


START = Position(1, 1)
NOWHERE = Position(0, 0)


class Unreadable(Exception):
    """The file as a whole cannot be read; `position` is where that showed."""

    def __init__(self, message: str, position: Position = START) -> None:
        super().__init__(message)
        self.position = position


def decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the file is larger than {MAX_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Unreadable("the file is not UTF-8", Position(line, column)) from None


def composed(text: str) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is None or mark.line > text.count("\n"):
            mark = error.context_mark  # what is never closed, not the end of the file
        where = Position(mark.line + 1, mark.column + 1) if mark else START
        said = ", ".join(filter(None, (error.context, error.problem)))
        there = "".join(text.split("\n")[mark.line : mark.line + 1]) if mark else ""
        if mark is not None and there[mark.column :].startswith("\t"):
            said = "lines are indented with spaces, not with tabs"
        raise Unreadable(f"not YAML: {said}", where) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise Unreadable(f"not YAML: {error.reason}", Position(line, column)) from None
    except yaml.YAMLError as error:
        raise Unreadable(f"not YAML: {str(error)[:200]}") from None
    return root


def position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


class _Loader(yaml.CSafeLoader):
    """Tags scalars `plain` or `quoted` for us, and refuses depth in time.

    The C composer recurses without a limit of its own.
    """

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def resolve(
        self, kind: type[yaml.Node], _value: object, implicit: tuple[bool, bool]
    ) -> str:
        if kind is yaml.ScalarNode:
            return "plain" if implicit[0] else "quoted"
        return MAP if kind is yaml.MappingNode else SEQ

    def descend_resolver(self, current_node: yaml.Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            where = position(current_node) if current_node is not None else START
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", where)

    def ascend_resolver(self) -> None:
        self._depth -= 1


def scalar(text: str) -> object:
    """Type a plain scalar by the YAML 1.2 core schema.

    Numbers too long for any setting, and leading zeros, stay text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
