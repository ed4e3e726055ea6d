"""Compose ports: what a service publishes, and what that becomes at the sidecar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sidecar.inject.emit import Data
from sidecar.inject.http_ports import Port, kind_of_store, likeliest, why_not
from sidecar.inject.nodes import MappingNode, Node, ScalarNode, child, items
from sidecar.inject.options import Options
from sidecar.inject.reading import seen, text, texts

LISTEN: Final = 8080
"""The port of the sidecar in its container."""
_SHORT: Final = re.compile(r"(?:(.+):)?(\d+)(?:/(tcp|udp))?", re.ASCII)
# A variable is the port only behind a host's: alone it may stand for both.
_VARIABLE: Final = re.compile(
    r"(.+):(\$\{\w+(?::?-(\d+))?\}|\$\w+)(?:/(tcp|udp))?", re.ASCII
)


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """One entry of `ports`; `moved` is what it is when the sidecar has it.

    `node` is None where nothing is published and the port was told. `variable` stands
    for the number of the port, which is then that of its default, or 0.
    """

    port: Port
    node: Node | None = None
    moved: Data = ""
    variable: str = ""

    @property
    def written(self) -> str:
        return self.variable or str(self.port.number)


@dataclass(frozen=True, slots=True)
class Left:
    reason: str


def published(service: Node) -> Iterator[Published]:
    """The entries that say one port."""
    for item in items(service, "ports"):
        if isinstance(item, ScalarNode):
            yield from _short(item, str(item.value))
        elif text(item, "target").isdecimal():
            long = texts(item)
            port = Port(int(long["target"]), tcp=long.get("protocol", "tcp") == "tcp")
            yield Published(port, item, {**long, "target": LISTEN})


def _short(item: Node, entry: str) -> Iterator[Published]:
    if match := _SHORT.fullmatch(entry):
        port = Port(int(match[2]), tcp=match[3] != "udp")
        host = f"{match[1]}:" if match[1] else ""
        yield Published(port, item, f"{host}{LISTEN}")
    elif match := _VARIABLE.fullmatch(entry):
        port = Port(int(match[3] or 0), tcp=match[4] != "udp")
        yield Published(port, item, f"{match[1]}:{LISTEN}", match[2])


def others(service: Node, chosen: Published) -> list[str]:
    """What it publishes besides, as it is written."""
    found = [one for one in items(service, "ports") if one is not chosen.node]
    return [
        str(one.value) if isinstance(one, ScalarNode) else text(one, "target")
        for one in found
    ]


def choose(service: MappingNode, options: Options) -> Published | Left:
    """The port that the sidecar takes over, or why there is none."""
    named = bool(options.services)
    found = list(published(service))
    image = text(service, "image")
    if not named and (store := kind_of_store(image)):
        return Left(f"{image} is {store}")
    if unable := _not_for_editing(service):
        return Left(f"{unable}: edit it by hand")
    if options.port is not None:
        told = next((one for one in found if one.port.number == options.port), None)
        if told or named:
            return told or Published(Port(options.port))
        return Left(f"it publishes no port {options.port}")
    if port := likeliest([one.port for one in found]):
        return next(one for one in found if one.port is port)
    return Left(_why_none(service, found))


def _not_for_editing(service: MappingNode) -> str:
    """Why the list of ports cannot be changed in its place, or empty."""
    ports = seen(service, "ports")
    if ports is not child(service, "ports"):
        return "its ports stand behind an alias or a merge"
    if ports is not None and str(ports.tag).startswith("!"):
        return f"its ports are {ports.tag}"
    return ""


def _why_none(service: MappingNode, found: list[Published]) -> str:
    if found:
        return why_not(found[0].port)
    if items(service, "ports"):
        return "what it publishes is a range or a variable: take it over by hand"
    if seen(service, "extends"):
        return "it extends another, and itself publishes no port"
    return "it publishes no port"
