"""Document: a YAML file as plain data, with the place of every key and value.

One `compose()` of the C loader, then one walk over the nodes: YAML 1.2 core
scalars (`yes`, `on`, `012` and `1:30` are text), duplicate keys refused, merge
keys honoured, variables replaced. Hostile files meet a bound each: bytes before
parsing, depth while composing, values while aliases are expanded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from sidecar.config.interpolation import Unresolved, interpolate
from sidecar.config.mistakes import KeyPath

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_VALUES = 50_000
"""Keys and values after alias expansion: a thousand routes need a third of it."""

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
_STR = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_SEQ = "tag:yaml.org,2002:seq"


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


@dataclass(slots=True)
class Document:
    """What a file says. `texts` has the scalars that are one variable, as text."""

    file: str
    lines: tuple[str, ...] = ()
    data: dict[str, object] = field(default_factory=dict)
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)
    variables: dict[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[tuple[KeyPath, Position, str]] = field(default_factory=list)


def parse(content: bytes, file: str, environ: Mapping[str, str]) -> Document:
    """Read a file's bytes; mistakes in single values are in `Document.problems`.

    Raises:
        Unreadable: not UTF-8, not YAML, too large, too deep, or not a mapping.
    """
    text = _decoded(content)
    root = _composed(text)
    document = Document(file, lines=tuple(text.splitlines()))
    if root is None:
        return document
    walk = _Walk(document, environ)
    data = walk.value(root, ())
    if data is None:
        return document
    if not isinstance(data, dict):
        raise Unreadable(
            "the file must be a mapping: lines of the form `key: value`",
            _position(root),
        )
    document.data = data
    return document


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


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the file is larger than {MAX_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Unreadable("the file is not UTF-8", Position(line, column)) from None


def _composed(text: str) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(mark.line + 1, mark.column + 1) if mark else START
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise Unreadable(f"not YAML: {said}", where) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise Unreadable(
            f"not YAML: {error.reason}", Position(line, column)
        ) from None
    except yaml.YAMLError as error:
        raise Unreadable(f"not YAML: {str(error)[:200]}") from None
    return root


def _position(node: yaml.Node) -> Position:
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
        return _MAP if kind is yaml.MappingNode else _SEQ

    def descend_resolver(self, current_node: yaml.Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            where = _position(current_node) if current_node is not None else START
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", where)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _Walk:
    """Turns nodes into data and notes where everything stands."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._count = 0

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        self._count += 1
        if self._count > MAX_VALUES:
            raise Unreadable(
                f"more than {MAX_VALUES} values, with aliases expanded",
                _position(node),
            )
        if len(path) > MAX_DEPTH:  # an alias within its own anchor
            raise Unreadable(
                f"nested deeper than {MAX_DEPTH} levels", _position(node)
            )
        self._document.values[path] = _position(node)
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
            return [self.value(n, (*path, i)) for i, n in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in ("plain", "quoted", _STR):
            return self._scalar(node, path)
        self._problem(path, node, f"tags are not supported: {node.tag[:60]}")
        return None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        merges: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == "plain" and key_node.value == "<<":
                merges.append(value_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(path, key_node, "a key must be plain text")
                continue
            key = key_node.value
            if key in found:
                first = self._document.keys[*path, key]
                self._problem(
                    (*path, key),
                    key_node,
                    f"the key {key[:60]!r} was already set in line {first.line}",
                )
                continue
            self._document.keys[*path, key] = _position(key_node)
            found[key] = self.value(value_node, (*path, key))
        for merge in merges:
            self._merge(merge, path, found)
        return found

    def _merge(self, node: yaml.Node, path: KeyPath, found: dict[str, object]) -> None:
        """`<<: *anchor`: keys of the anchor that the mapping itself does not set."""
        many = isinstance(node, yaml.SequenceNode)
        for source in node.value if many else [node]:
            if not isinstance(source, yaml.MappingNode):
                self._problem(path, node, "`<<` takes an alias of a mapping")
                return
            # Walked apart from the target: its positions count only where it wins.
            aside = Document(self._document.file)
            walk = _Walk(aside, self._environ)
            walk._count = self._count  # noqa: SLF001 - the same class
            merged = walk.value(source, path)
            self._count = walk._count  # noqa: SLF001 - the same class
            taken = set(found)
            self._adopt(aside, path, taken)
            if isinstance(merged, dict):
                found |= {k: v for k, v in merged.items() if k not in taken}

    def _adopt(self, aside: Document, path: KeyPath, taken: set[str]) -> None:
        depth = len(path)
        for name in ("keys", "values", "variables", "texts"):
            target = getattr(self._document, name)
            for at, what in getattr(aside, name).items():
                if len(at) > depth and at[depth] not in taken:
                    target[at] = what
        self._document.problems += aside.problems

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        text: str = node.value
        plain = node.tag == "plain"
        if "${" not in text:
            return scalar(text) if plain else text
        try:
            replaced = interpolate(text, self._environ)
        except Unresolved as unresolved:
            self._problem(path, node, str(unresolved))
            return None
        if replaced.names:
            self._document.variables[path] = replaced.names
        if replaced.whole:
            self._document.texts[path] = replaced.text
            # Empty is not null: a variable left empty must not switch a token off.
            return scalar(replaced.text) if replaced.text else ""
        return replaced.text

    def _problem(self, path: KeyPath, node: yaml.Node, message: str) -> None:
        self._document.problems.append((path, _position(node), message))
