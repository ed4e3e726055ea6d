"""Extends: what a compose service takes over from others of its file."""

from sidecar.inject.nodes import MappingNode
from sidecar.inject.reading import names, seen, text


def lineage(services: MappingNode, service: MappingNode) -> list[MappingNode]:
    """The service and those of this file that it extends, the nearest first."""
    known: list[MappingNode] = []
    one: object = service
    while isinstance(one, MappingNode) and one not in known:
        known.append(one)
        base = _base(one)
        one = seen(services, base) if base else None
    return known


def taken(found: list[MappingNode], key: str) -> list[str]:
    """What all of them list there, each once."""
    return list(dict.fromkeys(name for one in found for name in names(one, key)))


def extenders(services: MappingNode) -> dict[str, str]:
    """By the name of a service, one that extends it in this file."""
    found = {name: seen(services, name) for name in names(services)}
    return {
        base: name
        for name, one in found.items()
        if isinstance(one, MappingNode) and (base := _base(one))
    }


def _base(service: MappingNode) -> str:
    """The service of this file that it extends, by either way to say it; or empty."""
    if text(service, "extends", "file"):
        return ""
    return text(service, "extends") or text(service, "extends", "service")
