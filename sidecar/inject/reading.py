"""Reading: what a manifest says, be it through an alias or a merge.

Nothing found this way is for editing: its text may belong to another place as well.
"""

from collections.abc import Iterator

from sidecar.inject.nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    is_null,
)

_MERGE = "<<"


def seen(node: Node | None, *path: str) -> Node | None:
    """The value at the path; None where there is none, or null."""
    for name in path:
        values = (
            values[name] for one in _merged(node) if name in (values := _own(one))
        )
        node = next(values, None)
        if node is None or is_null(node):
            return None
    return node


def has_entry(node: MappingNode, name: str) -> bool:
    """Whether it has such a key, be it null."""
    return any(name in _own(one) for one in _merged(node))


def seen_items(node: Node | None, *path: str) -> list[Node]:
    """The items of the sequence at the path; empty where there is none."""
    found = seen(node, *path)
    return list(found.value) if isinstance(found, SequenceNode) else []


def names(node: Node | None, *path: str) -> list[str]:
    """The keys of a mapping, or the words of a list."""
    found = seen(node, *path)
    if isinstance(found, SequenceNode):
        return [word for item in found.value if (word := text(item))]
    return list(dict.fromkeys(name for one in _merged(found) for name in _own(one)))


def text(node: Node | None, *path: str) -> str:
    """The scalar at the path as it is written, without quotes; empty: there is none."""
    found = seen(node, *path)
    return str(found.value) if isinstance(found, ScalarNode) else ""


def texts(node: Node | None, *path: str) -> dict[str, str]:
    """The mapping at the path, of scalars to scalars."""
    return {
        name: str(value.value)
        for one in reversed(list(_merged(seen(node, *path))))
        for name, value in _own(one).items()
        if isinstance(value, ScalarNode)
    }


def _own(node: MappingNode) -> dict[str, Node]:
    return {
        str(key.value): value
        for key, value in node.value
        if isinstance(key, ScalarNode) and key.value != _MERGE
    }


def _merged(node: Node | None) -> Iterator[MappingNode]:
    """The mapping and those merged into it: what comes first wins."""
    waiting, met = [node], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, MappingNode) or id(one) in met:
            continue
        met.add(id(one))
        yield one
        for key, value in one.value:
            if isinstance(key, ScalarNode) and key.value == _MERGE:
                several = isinstance(value, SequenceNode)
                waiting += reversed(value.value) if several else [value]
