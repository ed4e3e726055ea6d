"""Compose: a service of its own stands before another and takes over its port."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from sidecar.inject.compose_ports import Left, Published, choose, published
from sidecar.inject.editing import CannotEditError, Editing
from sidecar.inject.emit import Data
from sidecar.inject.extends import extenders, lineage, taken
from sidecar.inject.nodes import MappingNode, Node, SequenceNode, child, mapping
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.pod import FILE
from sidecar.inject.reading import names, text

SUFFIX: Final = "-sidecar"
# Without a file: the wait of the sidecar, what is in flight, and a little more.
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
    known = names(services)
    extended = extenders(services)
    for name in known:
        about = f"service {name}"
        node = mapping(services, name)
        choice = _choose(node, name, known, options)
        if name in extended and isinstance(choice, Published) and choice.node:
            choice = Left(f"{extended[name]} extends it, and publishes what it does")
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
    for name in sorted(options.services - set(known)):
        notes.say(f"service {name}", Outcome.LEFT, "there is none of that name")


def _choose(
    node: MappingNode | None, name: str, known: Sequence[str], options: Options
) -> Published | Left:
    if node is None:
        return Left(_NOT_HERE)
    if name + SUFFIX in known:
        return Left("it has a sidecar already")
    if name.removesuffix(SUFFIX) in known and name.endswith(SUFFIX):
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
    if file := text(node, "extends", "file"):
        says = f"networks that it has of {file} are not those of {name}{SUFFIX}"
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
        grace = GRACE if options.drain is None else f"{ceil(options.drain) + 5}s"
        found = lineage(self.services, self.node)
        for key in ("networks", "profiles"):
            if listed := taken(found, key):
                made[key] = listed
        restarts = (text(one, "restart") for one in found)
        return made | {
            "restart": next(filter(None, restarts), "unless-stopped"),
            "stop_grace_period": grace,
            "read_only": True,
            "tmpfs": ["/tmp"],  # noqa: S108 - in the container
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }
