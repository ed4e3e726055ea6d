"""Kubernetes: the sidecar stands in the pod, and Services send their traffic to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sidecar.inject.choice import Chosen, choose
from sidecar.inject.editing import CannotEditError, Editing
from sidecar.inject.errors import of
from sidecar.inject.nodes import MappingNode, child
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.reading import text
from sidecar.inject.standing import Standing
from sidecar.inject.workloads import (
    Service,
    ServicePort,
    Workload,
    leads_to,
    objects,
    service,
    workload,
)


@dataclass(slots=True)
class _Manifests:
    """All objects of all files, each with the text that it stands in."""

    workloads: list[tuple[Editing, Workload]] = field(default_factory=list)
    services: list[tuple[Editing, Service]] = field(default_factory=list)
    config_maps: set[tuple[str, str]] = field(default_factory=set)
    policies: list[str] = field(default_factory=list)
    led: set[ServicePort] = field(default_factory=set)

    def add(self, editing: Editing, node: MappingNode) -> None:
        name = text(node, "metadata", "name")
        if found := workload(node):
            self.workloads.append((editing, found))
        elif sends := service(node):
            self.services.append((editing, sends))
        elif text(node, "kind") == "ConfigMap":
            self.config_maps.add((text(node, "metadata", "namespace"), name))
        elif text(node, "kind") == "NetworkPolicy":
            self.policies.append(name)


def rewrite(editings: Sequence[Editing], options: Options, notes: Notes) -> None:
    """Put the sidecar into every workload of the files that serves HTTP."""
    manifests = _Manifests()
    for editing in editings:
        with of(editing.name):
            for node in objects(editing.documents):
                manifests.add(editing, node)
    taken = []
    for editing, found in manifests.workloads:
        services = [one for _, one in manifests.services if one.selects(found)]
        choice = choose(found, services, options)
        if not isinstance(choice, Chosen):
            outcome = Outcome.PRESENT if choice.present else Outcome.LEFT
            notes.say(str(found), outcome, choice.reason)
            continue
        standing = Standing(editing, found, choice, options)
        before = [one.checkpoint() for one in editings]
        try:
            _inject(standing, manifests)
            _redirect(standing, manifests)
        except CannotEditError as error:
            for one, checkpoint in zip(editings, before, strict=True):
                one.rollback(checkpoint)
            notes.say(str(found), Outcome.LEFT, str(error))
            continue
        notes.found += standing.notes.found
        taken.append(found)
    if not manifests.workloads:
        notes.say(editings[0].name, Outcome.LEFT, "it has no workload")
    _warn(manifests, taken, notes)


def _inject(standing: Standing, manifests: _Manifests) -> None:
    name, found = standing.config_map, standing.workload
    standing.inject()
    if (found.namespace, name) in manifests.config_maps:
        says = f"ConfigMap/{name} is there already, and is its configuration"
        standing.notes.say(str(found), Outcome.WARNING, says)
        return
    manifests.config_maps.add((found.namespace, name))
    standing.configure()


def _redirect(standing: Standing, manifests: _Manifests) -> None:
    """Lead the Services' ports to the sidecar instead."""
    listen, say = standing.options.listen, standing.notes.say
    leads = [
        (editing, one, sends.headless)
        for editing, sends in manifests.services
        if sends.selects(standing.workload)
        for one in sends.ports
        if leads_to(one.target, standing.choice.port)
    ]
    # Of two workloads behind one Service, the first has led it already.
    for editing, port, headless in leads:
        if port in manifests.led:
            continue
        about = f"Service/{port.service}"
        _lead(editing, port, listen)
        say(about, Outcome.CHANGED, f"targetPort {port.target} → {listen}")
        if headless:
            say(
                about,
                Outcome.WARNING,
                "it is headless: clients reach the pods at the port that they ask for,"
                f" so they must ask for {listen}",
            )
    manifests.led.update(port for _, port, _ in leads)
    if not leads:
        say(
            str(standing.workload),
            Outcome.WARNING,
            "no Service in the input sends traffic to it: in the one that does, set"
            f" targetPort: {listen}, or give its file too",
        )


def _lead(editing: Editing, port: ServicePort, listen: int) -> None:
    """The number, for names of native sidecars' ports resolve only since 1.33."""
    target = child(port.node, "targetPort")
    if target is not None:
        editing.replace(target, listen)
    else:
        editing.add(port.node, {"targetPort": listen})


def _warn(manifests: _Manifests, taken: list[Workload], notes: Notes) -> None:
    for _, sends in manifests.services:
        selected = [one for _, one in manifests.workloads if sends.selects(one)]
        others = [str(one) for one in selected if one not in taken]
        if 0 < len(others) < len(selected):
            notes.say(
                f"Service/{sends.name}",
                Outcome.WARNING,
                f"it leads to {', '.join(others)} too, where no sidecar listens",
            )
    for name in manifests.policies if taken else ():
        notes.say(
            f"NetworkPolicy/{name}",
            Outcome.WARNING,
            "if it lets traffic in by port, let it in to the sidecar's",
        )
