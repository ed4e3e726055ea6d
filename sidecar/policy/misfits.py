"""Misfits: why a route does not fit a request, one for each thing it asks for.

Each is asked of `policy.routing` itself, by a router with that one wish: there is
no second way to match. For explanations; requests are routed without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sidecar.policy.match import Match
from sidecar.policy.path_pattern import is_ambiguous
from sidecar.policy.routing import Router
from sidecar.semantics.message import RequestHead


class Aspect(StrEnum):
    PATH = "path"
    AMBIGUOUS_PATH = "ambiguous_path"
    METHOD = "method"
    HOST = "host"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Misfit:
    """`wanted`: a pattern, methods, or the name of a field; never a field's value."""

    aspect: Aspect
    wanted: str


def misfits(match: Match, head: RequestHead) -> tuple[Misfit, ...]:
    """All that keeps the request from a route; empty where it fits."""
    return tuple(
        misfit for wish, misfit in _wishes(match, head) if not _fits(wish, head)
    )


def _fits(match: Match, head: RequestHead) -> bool:
    return Router([match]).match(head) is not None


def _wishes(match: Match, head: RequestHead) -> Iterator[tuple[Match, Misfit]]:
    if match.path is not None:
        unclear = is_ambiguous(head.target.partition(b"?")[0])
        aspect = Aspect.AMBIGUOUS_PATH if unclear else Aspect.PATH
        yield Match(path=match.path), Misfit(aspect, match.path)
    if match.methods is not None:
        named = ", ".join(sorted(name.decode("latin-1") for name in match.methods))
        yield Match(methods=match.methods), Misfit(Aspect.METHOD, named)
    if match.host is not None:
        name = match.host.decode("latin-1")
        yield Match(host=match.host), Misfit(Aspect.HOST, name)
    for field, value in match.fields.items():
        name = field.decode("latin-1")
        yield Match(fields={field: value}), Misfit(Aspect.HEADER, name)
