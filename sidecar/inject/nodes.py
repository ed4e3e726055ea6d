"""Nodes: a YAML text read as a tree that knows where everything stands in it.

Nothing is constructed: what is not touched is never read, only kept. A value behind an
alias is none of its parent's text and is not given out for editing; see `reading` for
what a manifest says.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sidecar.inject.errors import UnreadableError
from sidecar.inject.marks import line_starts

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode"]
TEMPLATE: Final = "a template is rendered first: helm template CHART | sidecar inject"
_TABBED: Final = re.compile(r"(?<=\S)[^\S\n]*\t[^\n]*")


class Tree:
    """The documents of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self._outer: dict[int, Node] = {}
        try:
            found = list(YAML(typ="safe", pure=True).compose_all(_without_tabs(text)))
        except YAMLError as error:
            raise _unreadable(error, text) from None
        except (ValueError, OverflowError) as error:
            raise UnreadableError(f"a character that is none: {error}") from None
        except RecursionError:
            raise UnreadableError("it is nested too deep") from None
        self.documents: list[Node] = [node for node in found if node is not None]
        for document in self.documents:
            self._note_flow(document, None)

    def line(self, offset: int) -> int:
        """The number of the line that the offset is in, from 0."""
        return min(bisect_right(self.starts, offset), len(self.starts)) - 1

    def line_text(self, line: int) -> str:
        return self.text[self.starts[line] : self.starts[line + 1]]

    def begins_line(self, offset: int) -> bool:
        return not self.text[self.starts[self.line(offset)] : offset].strip(" ")

    def outermost_flow(self, node: Node) -> Node | None:
        """The largest collection in braces or brackets that the node is in."""
        return self._outer.get(id(node))

    def last_line(self, node: Node) -> int:
        """The last line that belongs to the node, comments and blank lines left out."""
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            last = self.line(max(end(node) - 1, start(node)))
            keeps = "+" in self.line_text(self.line(start(node)))
            while not keeps and not self.line_text(last).strip():
                last -= 1
            return last
        if isinstance(node, ScalarNode) or is_flow(node):
            return self.line(max(end(node) - 1, start(node)))
        last = self.line(start(node))
        for key, value in children(node):
            last = max(last, self.line(start(key)))
            if not is_alias(key, value):
                last = max(last, self.last_line(value))
        return last

    def _note_flow(self, node: Node, outer: Node | None) -> None:
        if isinstance(node, ScalarNode) and outer is None:
            return
        if outer is None and is_flow(node):
            outer = node
        if outer is not None:
            self._outer[id(node)] = outer
        for key, value in children(node):
            if isinstance(key, MappingNode) and key is not value:
                # `{{ }}`: for YAML a mapping whose key is another.
                at = key.start_mark
                raise UnreadableError(TEMPLATE, at.line + 1, at.column)
            if key is not value and outer is not None:
                self._outer[id(key)] = outer
            if not is_alias(key, value):
                self._note_flow(value, outer)


def _without_tabs(text: str) -> str:
    """Spaces for those tabs that other readers take, of which this one does not.

    They stand behind something else on the line: before a comment, or a value.
    """
    return _TABBED.sub(lambda found: found[0].replace("\t", " "), text)


def _unreadable(error: YAMLError, text: str) -> UnreadableError:
    reason = str(getattr(error, "problem", None) or error)
    if "{{" in text:
        reason += f" ({TEMPLATE})"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return UnreadableError(reason)
    return UnreadableError(reason, mark.line + 1, mark.column + 1)


def is_flow(node: Node) -> bool:
    """Whether it is a collection in braces or brackets."""
    return isinstance(node, MappingNode | SequenceNode) and bool(node.flow_style)


def start(node: Node) -> int:
    return int(node.start_mark.index)


def end(node: Node) -> int:
    return int(node.end_mark.index)


def children(node: Node) -> Iterator[tuple[Node, Node]]:
    """Pairs of key and value; an item of a sequence is its own key."""
    if isinstance(node, MappingNode):
        yield from node.value
    elif isinstance(node, SequenceNode):
        for item in node.value:
            # The anchor of an alias stands elsewhere, outside of the sequence.
            if start(node) < start(item) <= end(node):
                yield item, item


def is_alias(key: Node, value: Node) -> bool:
    """Whether the value stands elsewhere: before its key."""
    return key is not value and start(value) < end(key)


def entry(node: Node | None, name: str) -> tuple[Node, Node] | None:
    """The key and value of a mapping; None where it has none, or an alias."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == name:
                return None if is_alias(key, value) else (key, value)
    return None


def child(node: Node | None, *path: str) -> Node | None:
    """The value at the path; None where there is none, or null."""
    for name in path:
        found = entry(node, name)
        node = None if found is None or is_null(found[1]) else found[1]
    return node


def mapping(node: Node | None, *path: str) -> MappingNode | None:
    found = child(node, *path)
    return found if isinstance(found, MappingNode) else None


def items(node: Node | None, *path: str) -> list[Node]:
    """The items of the sequence at the path; empty where there is none."""
    found = child(node, *path)
    if not isinstance(found, SequenceNode):
        return []
    return [item for _, item in children(found)]


def is_null(node: Node) -> bool:
    written = isinstance(node, ScalarNode) and node.style not in ("'", '"', "|", ">")
    return written and node.value in ("", "~", "null", "Null", "NULL")
