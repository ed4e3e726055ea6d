"""Routing: which route a request takes, the first in file order that fits.

Patterns are kept as a tree over segments, whose nodes know the smallest index
below them; host, method and fields are keys of dictionaries at its ends. So
the price grows with the path, not with the number of routes. All branches are
followed at once, each node at most once a segment: no path makes it go back.

The language of patterns is `policy.path_pattern`'s. An ambiguous path fits
only what fits every path: no pattern, or `/**`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from sidecar.policy.host_pattern import patterns
from sidecar.policy.match import PRESENT, Match, covers
from sidecar.policy.path_pattern import (
    EVERYTHING,
    MANY,
    ONE,
    clear,
    is_ambiguous,
    segments,
)
from sidecar.semantics.message import RequestHead

__all__ = ["Match", "Router", "covers", "is_ambiguous"]

MOST_SEGMENTS: Final = 256
"""A path with more is treated as an ambiguous one."""

_NO_INDEX: Final = 1 << 62
_Hosts = Sequence[bytes | None]
_ANY_HOST: Final[_Hosts] = (None,)


@dataclass(slots=True)
class _Shape:
    """Routes that look at the same fields, by the values they want."""

    exact: tuple[bytes, ...]
    present: tuple[bytes, ...]
    indexes: dict[tuple[bytes | None, ...], int] = field(default_factory=dict)

    def first(self, values: Mapping[bytes, bytes]) -> int:
        for name in self.present:
            if name not in values:
                return _NO_INDEX
        wanted = tuple(map(values.get, self.exact)) if self.exact else ()
        return self.indexes.get(wanted, _NO_INDEX)


class _End:
    """The routes of one pattern; `plain` is the first that asks for no more."""

    __slots__ = ("first", "plain", "rest")

    def __init__(self) -> None:
        self.first = _NO_INDEX
        self.plain = _NO_INDEX
        self.rest: dict[tuple[bytes | None, bytes | None], list[_Shape]] = {}

    def add(self, index: int, match: Match) -> None:
        self.first = min(self.first, index)
        if match.methods is None and match.host is None and not match.fields:
            self.plain = min(self.plain, index)
            return
        wanted = sorted((name.lower(), value) for name, value in match.fields.items())
        present = tuple(name for name, value in wanted if value == PRESENT)
        exact = tuple(name for name, value in wanted if value != PRESENT)
        values = tuple(value for _, value in wanted if value != PRESENT)
        host = None if match.host is None else match.host.lower()
        methods: Iterable[bytes | None] = match.methods or ()
        for method in [None] if match.methods is None else methods:
            shapes = self.rest.setdefault((host, method), [])
            shape = _of_shape(shapes, exact, present)
            shape.indexes.setdefault(values, index)

    def best(self, head: RequestHead, hosts: _Hosts, best: int) -> int:
        """The smaller of `best` and the first route here that fits."""
        best = min(best, self.plain)
        if self.rest and self.first < best:
            for host in hosts:
                for method in (None, head.method):
                    for shape in self.rest.get((host, method), ()):
                        index = shape.first(head.values)
                        best = min(best, index)
        return best


class _Node:
    """A place in the tree; `first` is the smallest index here and below."""

    __slots__ = ("end", "first", "literals", "many", "one")

    def __init__(self) -> None:
        self.first = _NO_INDEX
        self.literals: dict[bytes, Self] = {}
        self.one: Self | None = None
        self.many: Self | None = None
        self.end = _End()

    def below(self, part: bytes) -> Self:
        if part == MANY:
            self.many = self.many or type(self)()
            return self.many
        if part == ONE:
            self.one = self.one or type(self)()
            return self.one
        return self.literals.setdefault(part, type(self)())


class Router:
    def __init__(self, matches: Sequence[Match]) -> None:
        self._root = _Node()
        self._everything = _End()
        for index, match in enumerate(matches):
            self._end(index, match.path).add(index, match)
        hosts = (match.host for match in matches)
        self._hosts = frozenset(host.lower() for host in hosts if host is not None)
        plain, first = self._everything.plain, self._everything.first
        self._always = plain if plain == first < self._root.first else None
        """The route of every request, where the first one fits them all."""

    def _end(self, index: int, path: str | None) -> _End:
        if path is None or path == EVERYTHING:
            return self._everything
        node = self._root
        node.first = min(node.first, index)
        for part in segments(path):
            node = node.below(part)
            node.first = min(node.first, index)
        return node.end

    def match(self, head: RequestHead) -> int | None:
        """The index of the first route that fits; None where none does."""
        if self._always is not None:
            return self._always
        hosts = self._named(head.authority) if self._hosts else _ANY_HOST
        best = self._everything.best(head, hosts, _NO_INDEX)
        if self._root.first < best:
            path = head.target.partition(b"?")[0]
            parts = () if is_ambiguous(path) else clear(path).split(b"/")
            if 1 < len(parts) <= MOST_SEGMENTS + 1 and not parts[0]:
                best = self._search(parts, head, hosts, best)
        return best if best < _NO_INDEX else None

    def _search(
        self, parts: Sequence[bytes], head: RequestHead, hosts: _Hosts, best: int
    ) -> int:
        """Walk the tree with all of `parts` but the first, the empty one."""
        here = [self._root]
        staying: dict[_Node, None] = {}  # the `**` that swallow what comes
        for part in parts[1:]:
            for node in here:
                many = node.many
                if many is not None and many.first < best and many not in staying:
                    staying[many] = None
                    best = many.end.best(head, hosts, best)
            there = []
            for node in [*here, *staying] if staying else here:
                child = node.literals.get(part)
                if child is not None and child.first < best:
                    there.append(child)
                child = node.one
                if child is not None and part and child.first < best:
                    there.append(child)
            here = there
        for node in here:
            best = node.end.best(head, hosts, best)
            if node.many is not None:
                best = node.many.end.best(head, hosts, best)
        return best

    def _named(self, authority: bytes) -> _Hosts:
        """The host patterns, of those there are, that `authority` fits."""
        return [None, *(host for host in patterns(authority) if host in self._hosts)]


def _of_shape(
    shapes: list[_Shape], exact: tuple[bytes, ...], present: tuple[bytes, ...]
) -> _Shape:
    for shape in shapes:
        if shape.exact == exact and shape.present == present:
            return shape
    shapes.append(shape := _Shape(exact, present))
    return shape
