"""Document: a YAML file as plain data, with the place of every key and value.

One walk over the nodes: duplicate keys refused, merge keys honoured, variables
replaced. Values are counted while aliases are expanded, so that no bomb goes off.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from sidecar.config.interpolation import Unresolved, interpolate
from sidecar.config.mistakes import KeyPath
from sidecar.config.yaml_nodes import (
    MAP,
    MAX_DEPTH,
    SEQ,
    STR,
    Position,
    Unreadable,
    composed,
    decoded,
    position,
    scalar,
)

MAX_COUNT = 500_000
"""Keys and values after alias expansion: a thousand routes need a third of it."""


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
    text = decoded(content)
    root = composed(text)
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
            position(root),
        )
    document.data = data
    return document


class _Walk:
    """Turns nodes into data and notes where everything stands."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._count = 0

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        self._counted(node)
        if len(path) > MAX_DEPTH:  # an alias within its own anchor
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", position(node))
        self._document.values[path] = position(node)
        if isinstance(node, yaml.MappingNode) and node.tag == MAP:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == SEQ:
            return [self.value(n, (*path, i)) for i, n in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in ("plain", "quoted", STR):
            return self._scalar(node, path)
        self._problem(path, node, f"tags are not supported: {node.tag[:60]}")
        return None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        own = sum(key.value != "<<" for key, _ in node.value)
        for index, (key_node, value_node) in enumerate(self._pairs(node, path, 0)):
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(path, key_node, "a key must be plain text")
                continue
            key = key_node.value
            here = (*path, key)
            if key not in found:
                self._document.keys[here] = position(key_node)
                found[key] = self.value(value_node, here)
            elif index < own:
                line = self._document.keys[here].line
                what = f"the key {key[:60]!r} was already set in line {line}"
                self._problem(here, key_node, what)
        return found

    def _pairs(
        self, node: yaml.MappingNode, path: KeyPath, depth: int
    ) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """A mapping's own keys, then those that `<<: *anchor` adds."""
        if depth > MAX_DEPTH:
            raise Unreadable("a mapping is merged into itself", position(node))
        merges: list[yaml.Node] = []
        for key_node, value_node in node.value:
            self._counted(key_node)
            if key_node.tag == "plain" and key_node.value == "<<":
                many = isinstance(value_node, yaml.SequenceNode)
                merges += value_node.value if many else [value_node]
            else:
                yield key_node, value_node
        for source in merges:
            if isinstance(source, yaml.MappingNode):
                yield from self._pairs(source, path, depth + 1)
            else:
                self._problem(path, source, "`<<` takes an alias of a mapping")

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

    def _counted(self, node: yaml.Node) -> None:
        self._count += 1
        if self._count > MAX_COUNT:
            raise Unreadable(
                f"more than {MAX_COUNT} keys and values, with aliases expanded",
                position(node),
            )

    def _problem(self, path: KeyPath, node: yaml.Node, message: str) -> None:
        self._document.problems.append((path, position(node), message))
