"""Compose: a service of its own stands before another and takes over its port."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.inject.compose_ports import Left, Published, choose, published
from sidecar.inject.editing import CannotEditError, Editing
from sidecar.inject.emit import Data
from sidecar.inject.nodes import (
    MappingNode,
    Node,
    SequenceNode,
    child,
    items,
    mapping,
    text,
)
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.pod import FILE

SUFFIX: Final = "-sidecar"
# The wait of the sidecar, what is in flight, and a little more.
GRACE: Final = "40s"
_NOT_HERE: Final = "it is not written out here"


def is_compose(document: Node) -> bool:
    services = child(document, "services")
    return isinstance(services, MappingNode) and not text(document, "kind")


def rewrite(editing: Editing, document: Node, options: Options, notes: Notes) -> None:
    """Put a sidecar before every service of the file that publishes HTTP."""
    services = mapping(document, "services")
    if services is None:
        return
    names = [str(key.value) for key, _ in services.value]
    for name in names:
        about = f"service {name}"
        node = mapping(services, name)
        choice = _choose(node, name, names, options)
        if isinstance(choice, Left) or node is None:
            reason = choice.reason if isinstance(choice, Left) else _NOT_HERE
            notes.say(about, Outcome.LEFT, reason)
            continue
        before = editing.checkpoint()
        try:
            _Standing(editing, services, node, name, choice).inject(options)
        except CannotEditError as error:
            editing.rollback(before)
            notes.say(about, Outcome.LEFT, str(error))
            continue
        _tell(about, name, node, choice, notes)
    for name in sorted(options.services - set(names)):
        notes.say(f"service {name}", Outcome.LEFT, "there is none of that name")


def _choose(
    node: MappingNode | None, name: str, names: Sequence[str], options: Options
) -> Published | Left:
    if node is None:
        return Left(_NOT_HERE)
    if name + SUFFIX in names:
        return Left("it has a sidecar already")
    if name.removesuffix(SUFFIX) in names and name.endswith(SUFFIX):
        return Left("it is a sidecar")
    if options.services and name not in options.services:
        return Left("it was not named")
    if text(node, "network_mode"):
        return Left("network_mode: it has no name that others could reach it by")
    return choose(node, options)


def _tell(
    about: str, name: str, node: MappingNode, choice: Published, notes: Notes
) -> None:
    port = choice.port.number
    says = f"{name}{SUFFIX} stands before it and asks http://{name}:{port}"
    notes.say(about, Outcome.INJECTED, says)
    if choice.node is not None:
        says = f"its port {port} is published by the sidecar instead"
        notes.say(about, Outcome.CHANGED, says)
    rest = [
        str(one.port.number) for one in published(node) if one.node is not choice.node
    ]
    if rest:
        says = f"published past the sidecar: {', '.join(rest)}"
        notes.say(about, Outcome.WARNING, says)


@dataclass(frozen=True, slots=True)
class _Standing:
    """One service with a sidecar before it."""

    editing: Editing
    services: MappingNode
    node: MappingNode
    name: str
    choice: Published

    def inject(self, options: Options) -> None:
        made = self._service(options)
        self.editing.add(self.services, {self.name + SUFFIX: made}, before=self.name)
        ports = child(self.node, "ports")
        if self.choice.node is None or not isinstance(ports, SequenceNode):
            return
        if len(ports.value) == 1:
            self.editing.remove(self.node, "ports")
        else:
            self.editing.remove_item(ports, self.choice.node)

    def _service(self, options: Options) -> dict[str, Data]:
        command = ["run", f"--upstream=http://{self.name}:{self.choice.port.number}"]
        made: dict[str, Data] = {"image": options.image, "command": command}
        if self.choice.node is not None:
            made["ports"] = [self.choice.moved]
        if options.config is not None:
            command.append(f"--config={FILE}")
            made["volumes"] = [f"{options.config_name}:{FILE}:ro"]
        made["depends_on"] = [self.name]
        for key in ("networks", "profiles"):
            if listed := self._names(key):
                made[key] = listed
        return made | {
            "restart": text(self.node, "restart") or "unless-stopped",
            "stop_grace_period": GRACE,
            "read_only": True,
            "tmpfs": ["/tmp"],  # noqa: S108 - in the container
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }

    def _names(self, key: str) -> list[str]:
        """The entries of a list, or the keys of a mapping."""
        found = child(self.node, key)
        if isinstance(found, MappingNode):
            return [str(name.value) for name, _ in found.value]
        return [text(item) for item in items(self.node, key) if text(item)]
