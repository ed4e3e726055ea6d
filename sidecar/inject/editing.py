"""Editing: changes to a YAML text that leave all else as it is written.

What is added takes the style of its surroundings: lines in a block, JSON within braces
and brackets. Lines of a collection in braces are kept whole, for no comment may stand
in the middle of some.
"""

import re
from collections.abc import Mapping
from typing import Final

from sidecar.inject.emit import Data, block, flow, scalar
from sidecar.inject.marks import Change, changed
from sidecar.inject.nodes import (
    MappingNode,
    Node,
    SequenceNode,
    Tree,
    children,
    end,
    entry,
    is_null,
    start,
)
from sidecar.inject.reading import has_entry

_ANCHOR: Final = re.compile(r"(?<![^\s,\[{-])&([^\s,\[\]{}]+)")


class CannotEditError(Exception):
    """What must be changed is written in a way that is better changed by hand."""


class Editing:
    """The changes to one text, gathered and then applied at once."""

    def __init__(self, tree: Tree, name: str = "input") -> None:
        self.name = name
        self._tree = tree
        self._changes: list[Change] = []

    @property
    def text(self) -> str:
        return self._tree.text

    @property
    def documents(self) -> list[Node]:
        return self._tree.documents

    def checkpoint(self) -> int:
        """A mark to go back to."""
        return len(self._changes)

    def rollback(self, checkpoint: int) -> None:
        del self._changes[checkpoint:]

    def result(self) -> str:
        return changed(self._tree.text, self._changes)

    def add(
        self, node: MappingNode, added: Mapping[str, Data], before: str = ""
    ) -> None:
        """Add entries to a mapping; in a block, before the entry of that name."""
        for name, value in added.items():
            found = entry(node, name)
            if found is not None and is_null(found[1]):
                self._fill(found[0], found[1], value)
            elif found is None and not has_entry(node, name):
                self._write(node, name, value, before)
            else:
                raise CannotEditError(f"{name} stands behind an alias: edit it by hand")

    def _write(self, node: MappingNode, name: str, value: Data, before: str) -> None:
        added = {name: value}
        if self._tree.outermost_flow(node):
            self._open(node, flow(added)[1:-1])
            return
        indent = " " * node.start_mark.column
        self._insert(self._place(node, before), block(added, indent))

    def add_item(self, node: SequenceNode, item: Data, *, last: bool = False) -> None:
        """Add an item to a sequence, as its first or its last."""
        if self._tree.outermost_flow(node):
            self._open(node, flow(item))
            return
        indent = " " * node.start_mark.column
        line = self._tree.line(start(node))
        if last:
            line = self._tree.last_line(node) + 1
        self._insert(line, block([item], indent))

    def replace(self, node: Node, value: str | int) -> None:
        self._let_go(node)
        self._inline(node, start(node), end(node), scalar(value))

    def remove(self, node: MappingNode, name: str) -> None:
        """Take an entry out; where its line holds more than that, empty its list."""
        found = entry(node, name)
        if found is None:
            return
        key, value = found
        self._let_go(value)
        if self._tree.outermost_flow(key) or not self._tree.begins_line(start(key)):
            self._inline(value, start(value), end(value), "[]")
            return
        self._drop(self._tree.line(start(key)), self._tree.last_line(value) + 1)

    def remove_item(self, node: SequenceNode, item: Node) -> None:
        """Take an item out of several."""
        self._let_go(item)
        if self._tree.outermost_flow(node):
            kept = [one for _, one in children(node) if one is not item]
            written = [self._tree.text[start(one) : end(one)] for one in kept]
            self._inline(node, start(node), end(node), f"[{', '.join(written)}]")
            return
        first = self._tree.line(self._tree.text.rindex("-", 0, start(item)))
        self._drop(first, self._tree.last_line(item) + 1)

    def append(self, document: Data) -> None:
        """Add a document at the end."""
        self._insert(len(self._tree.starts) - 1, ["---", *block(document)])

    def _let_go(self, node: Node) -> None:
        """Make sure that nothing else says what the node says, by an alias of it."""
        text = self._tree.text
        for name in _ANCHOR.findall(text[start(node) : end(node)]):
            if re.search(rf"\*{re.escape(name)}(?![^\s,\]}}])", text[end(node) :]):
                raise CannotEditError(
                    f"what is to change has an alias, *{name}: edit it by hand"
                )

    def _place(self, node: MappingNode, before: str) -> int:
        """The line of a key that begins its line, with the comments above it."""
        own = {
            str(key.value): self._tree.line(start(key))
            for key, _ in node.value
            if self._tree.begins_line(start(key))
        }
        if not own:
            return self._tree.last_line(node) + 1
        line = own.get(before, next(reversed(own.values())))
        mark = " " * node.start_mark.column + "#"
        while line and self._tree.line_text(line - 1).startswith(mark):
            line -= 1
        return line

    def _insert(self, line: int, lines: list[str]) -> None:
        new = "".join(f"{one}\n" for one in lines)
        text, at = self._tree.text, self._tree.starts[line]
        if at == len(text) and text and not text.endswith("\n"):
            # The last line gets an end, and is kept as it was without.
            self._changes.append(Change(at, at, f"\n{new}", line - 1, line))
        else:
            self._changes.append(Change(at, at, new, line, line))

    def _drop(self, first: int, last: int) -> None:
        starts = self._tree.starts
        self._changes.append(Change(starts[first], starts[last], "", first, last))

    def _open(self, node: Node, written: str) -> None:
        """Write behind the opening brace or bracket."""
        at = start(node) + 1
        others = any(True for _ in children(node))
        self._inline(node, at, at, f"{written}, " if others else written)

    def _fill(self, key: Node, value: Node, data: Data) -> None:
        """Give a key without a value one."""
        at = self._tree.text.index(":", end(key)) + 1
        until = end(value) if str(value.value) else at
        self._inline(key, at, max(at, until), f" {flow(data)}")

    def _inline(self, node: Node, first: int, last: int, new: str) -> None:
        outer = self._tree.outermost_flow(node) or node
        lines = (
            self._tree.line(start(outer)),
            self._tree.line(max(last, end(outer)) - 1),
        )
        self._changes.append(Change(first, last, new, lines[0], lines[1] + 1))
