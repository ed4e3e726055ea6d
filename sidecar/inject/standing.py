"""Standing: one workload with the sidecar in its pod, before one of its ports."""

from dataclasses import dataclass, field

from sidecar.inject import pod
from sidecar.inject.choice import Chosen
from sidecar.inject.editing import Editing
from sidecar.inject.emit import Data
from sidecar.inject.nodes import MappingNode, ScalarNode, SequenceNode, child, mapping
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.reading import seen, text
from sidecar.inject.workloads import Workload

# What Kubernetes takes where a pod says nothing.
_USUAL_GRACE = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """What is changed in the text of one workload, and why."""

    editing: Editing
    workload: Workload
    choice: Chosen
    options: Options
    notes: Notes = field(default_factory=Notes)

    @property
    def config_map(self) -> str:
        return f"{self.workload.name}-sidecar" if self.workload.name else "sidecar"

    def inject(self) -> None:
        self._label()
        self._container()
        self._volumes()
        for container in self.workload.containers:
            self._wait(container)
        self._grace()
        for warning in self.choice.warnings:
            self._say(Outcome.WARNING, warning)

    def configure(self) -> None:
        """Add the ConfigMap, as a document of its own."""
        name, found = self.config_map, self.workload
        made = pod.config_map(name, found.namespace, found.name or "app", self.options)
        self.editing.append(made)
        says = f"ConfigMap/{name} added, for its configuration"
        self._say(Outcome.CHANGED, says)

    def _say(self, outcome: Outcome, says: str) -> None:
        self.notes.say(str(self.workload), outcome, says)

    def _label(self) -> None:
        label = {pod.LABEL: "true"}
        metadata = mapping(self.workload.template, "metadata")
        labels = mapping(metadata, "labels")
        if labels is not None:
            self.editing.add(labels, label)
        elif seen(metadata, "labels") is not None:
            self._say(
                Outcome.WARNING,
                f"its labels stand behind an alias: {pod.LABEL} is not among them, by"
                " which monitors find it",
            )
        elif metadata is not None:
            self.editing.add(metadata, {"labels": label})
        else:
            added = {"metadata": {"labels": label}}
            self.editing.add(self.workload.template, added, before="spec")

    def _container(self) -> None:
        native, port = self.options.is_native, self.choice.port.number
        container = pod.container(self.options, port)
        kind = "initContainers" if native else "containers"
        others = child(self.workload.spec, kind)
        if isinstance(others, SequenceNode):
            # The first of those for the start ends last. Among the others it comes
            # last: tools that want one container take the first.
            self.editing.add_item(others, container, last=not native)
        else:
            self._add_to_spec(kind, [container])
        what = "native sidecar" if native else "container"
        before = f"{self.choice.name or 'the container'}:{port}"
        says = f"{what} on port {self.options.listen} before {before}"
        self._say(Outcome.INJECTED, says)

    def _volumes(self) -> None:
        volumes = child(self.workload.spec, "volumes")
        if isinstance(volumes, SequenceNode):
            for volume in pod.volumes(self.config_map):
                self.editing.add_item(volumes, volume)
        else:
            self._add_to_spec("volumes", pod.volumes(self.config_map))

    def _wait(self, container: MappingNode) -> None:
        """Those beside the application wait too: while it serves, it may need them."""
        seconds, name = int(self.options.wait), text(container, "name")
        lifecycle = mapping(container, "lifecycle")
        hook = {"preStop": pod.wait(self.options)}
        chosen = container is self.choice.container
        if seen(container, "lifecycle", "preStop") is not None:
            if chosen:
                self._say(
                    Outcome.WARNING,
                    f"{name} has a preStop hook of its own: see that it takes at least"
                    f" {seconds} s, or requests are lost while the pod ends",
                )
            return
        if lifecycle is not None:
            self.editing.add(lifecycle, hook)
        else:
            self.editing.add(container, {"lifecycle": hook}, before="ports")
        why = (
            "so that the sidecar is not left alone with requests that still arrive"
            if chosen
            else f"as long as {self.choice.name}, which may need it"
        )
        self._say(Outcome.CHANGED, f"{name} waits {seconds} s before it ends, {why}")

    def _grace(self) -> None:
        needed, name = pod.grace(self.options), "terminationGracePeriodSeconds"
        node = child(self.workload.spec, name)
        if node is None and needed > _USUAL_GRACE:
            self._add_to_spec(name, needed)
        elif isinstance(node, ScalarNode) and _is_below(node, needed):
            self.editing.replace(node, needed)
        else:
            return
        says = f"{name} is {needed}: the wait and what is in flight need that long"
        self._say(Outcome.CHANGED, says)

    def _add_to_spec(self, name: str, value: Data) -> None:
        self.editing.add(self.workload.spec, {name: value}, before="containers")


def _is_below(node: ScalarNode, needed: int) -> bool:
    return str(node.value).isdecimal() and int(node.value) < needed
