"""Compose: a service of its own stands before another and takes over its port.

It is known by a label, which outlives tools that drop comments, and not by its name:
anybody may call a service so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from math import ceil
from typing import Final

from sidecar.inject.compose_ports import Left, Published, choose, others
from sidecar.inject.editing import CannotEditError, Editing
from sidecar.inject.emit import Data
from sidecar.inject.extends import extenders, lineage, taken
from sidecar.inject.nodes import MappingNode, Node, SequenceNode, child, mapping
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.pod import FILE, LABEL
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
    there = set(known)
    guarded = _guarded(services, known)
    extended = extenders(services)
    for name in known:
        about = f"service {name}"
        node = mapping(services, name)
        choice = _choose(node, name, guarded, options)
        if name in extended and isinstance(choice, Published) and choice.node:
            choice = Left(f"{extended[name]} extends it, and publishes what it does")
        if isinstance(choice, Left) or node is None:
            reason = choice.reason if isinstance(choice, Left) else _NOT_HERE
            notes.say(about, Outcome.LEFT, reason)
            continue
        before = editing.checkpoint()
        standing = _Standing(editing, services, node, name, _free(name, there), choice)
        try:
            standing.inject(options)
        except CannotEditError as error:
            editing.rollback(before)
            notes.say(about, Outcome.LEFT, str(error))
            continue
        there.add(standing.called)
        _tell(about, standing, notes)
    for name in sorted(options.services - set(known)):
        notes.say(f"service {name}", Outcome.LEFT, "there is none of that name")


def _guarded(services: MappingNode, known: Sequence[str]) -> dict[str, str]:
    """Sidecars of ours whose marks are gone, and what each stands before."""
    return {name: label for name in known if (label := _label(mapping(services, name)))}


def _label(node: MappingNode | None) -> str:
    """What a service says that it stands before; empty: it is no sidecar of ours."""
    words = [text(node, "labels", LABEL)]
    begins = f"{LABEL}="
    words += [
        word.removeprefix(begins)
        for word in names(node, "labels")
        if word.startswith(begins)
    ]
    return next(filter(None, words), "")


def _free(name: str, there: Collection[str]) -> str:
    """What its sidecar is called."""
    called = name + SUFFIX
    others = (f"{called}-{number}" for number in count(2))
    return next(one for one in chain([called], others) if one not in there)


def _choose(
    node: MappingNode | None, name: str, guarded: Mapping[str, str], options: Options
) -> Published | Left:
    if node is None:
        return Left(_NOT_HERE)
    if name in guarded.values():
        return Left("it has a sidecar already")
    if name in guarded:
        return Left("it is a sidecar")
    if options.services and name not in options.services:
        return Left("it was not named")
    if text(node, "network_mode"):
        return Left("network_mode: it has no name that others could reach it by")
    return choose(node, options)


def _tell(about: str, standing: "_Standing", notes: Notes) -> None:
    node, choice, called = standing.node, standing.choice, standing.called
    port = choice.written
    says = f"{called} stands before it and asks http://{standing.name}:{port}"
    notes.say(about, Outcome.INJECTED, says)
    if choice.node is not None:
        says = f"its port {port} is published by the sidecar instead"
        notes.say(about, Outcome.CHANGED, says)
    if rest := others(node, choice):
        says = f"published past the sidecar: {', '.join(rest)}"
        notes.say(about, Outcome.WARNING, says)
    if file := text(node, "extends", "file"):
        says = f"networks that it has of {file} are not those of {called}"
        notes.say(about, Outcome.WARNING, says)


@dataclass(frozen=True, slots=True)
class _Standing:
    """One service with a sidecar before it, `called` so."""

    editing: Editing
    services: MappingNode
    node: MappingNode
    name: str
    called: str
    choice: Published

    def inject(self, options: Options) -> None:
        made = self._service(options)
        self.editing.add(self.services, {self.called: made}, before=self.name)
        ports = child(self.node, "ports")
        if self.choice.node is None or not isinstance(ports, SequenceNode):
            return
        if len(ports.value) == 1:
            self.editing.remove(self.node, "ports")
        else:
            self.editing.remove_item(ports, self.choice.node)

    def _service(self, options: Options) -> dict[str, Data]:
        command = ["run", f"--upstream=http://{self.name}:{self.choice.written}"]
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
            "labels": {LABEL: self.name},
            "restart": next(filter(None, restarts), "unless-stopped"),
            "stop_grace_period": grace,
            "read_only": True,
            "tmpfs": ["/tmp"],  # noqa: S108 - in the container
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }
