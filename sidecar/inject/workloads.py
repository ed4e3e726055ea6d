"""Workloads: the pods in a manifest, and the Services that send traffic to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sidecar.inject.http_ports import Port
from sidecar.inject.nodes import (
    MappingNode,
    Node,
    child,
    items,
    mapping,
)
from sidecar.inject.reading import seen_items, text, texts

_TEMPLATES = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """An object that makes pods; `template` is what its pods are made of."""

    kind: str
    name: str
    namespace: str
    template: MappingNode
    spec: MappingNode

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def ends(self) -> bool:
        """Whether its pods run to an end."""
        return self.kind in ("Job", "CronJob")

    @property
    def labels(self) -> Mapping[str, str]:
        return texts(self.template, "metadata", "labels")

    @property
    def containers(self) -> list[MappingNode]:
        return [
            one
            for one in items(self.spec, "containers")
            if isinstance(one, MappingNode)
        ]

    def all_names(self) -> set[str]:
        """Names of containers, those for the start included."""
        return {text(container, "name") for container in self._all()}

    def owners(self, number: int) -> list[str]:
        """Names of the containers that declare the port."""
        return [
            text(container, "name")
            for container in self._all()
            if any(port.tcp and port.number == number for port in declared(container))
        ]

    def _all(self) -> list[Node]:
        kinds = ("containers", "initContainers")
        return [one for kind in kinds for one in seen_items(self.spec, kind)]


@dataclass(frozen=True, slots=True, eq=False)
class ServicePort:
    """One port of a Service, and the number or name of the port that it leads to."""

    service: str
    node: MappingNode
    target: str
    name: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    name: str
    namespace: str
    selector: Mapping[str, str]
    headless: bool
    ports: tuple[ServicePort, ...]

    def selects(self, workload: Workload) -> bool:
        labels = workload.labels
        return (
            bool(self.selector)
            and self.namespace == workload.namespace
            and all(labels.get(key) == value for key, value in self.selector.items())
        )


def objects(documents: list[Node]) -> Iterator[MappingNode]:
    """Every object of a manifest, those in a List too."""
    for document in documents:
        if not isinstance(document, MappingNode):
            continue
        if text(document, "kind").endswith("List") and child(document, "items"):
            yield from objects(items(document, "items"))
        elif text(document, "kind"):
            yield document


def workload(node: MappingNode) -> Workload | None:
    """The workload that an object is, or None."""
    kind = text(node, "kind")
    template = mapping(node, *_TEMPLATES.get(kind, ("spec", "template")))
    spec = mapping(template, "spec")
    if template is None or spec is None or not items(spec, "containers"):
        return None
    name, namespace = (
        text(node, "metadata", "name"),
        text(node, "metadata", "namespace"),
    )
    return Workload(kind, name, namespace, template, spec)


def service(node: MappingNode) -> Service | None:
    if text(node, "kind") != "Service":
        return None
    name = text(node, "metadata", "name")
    ports = tuple(
        ServicePort(
            name,
            one,
            text(one, "targetPort") or text(one, "port"),
            text(one, "name"),
            text(one, "appProtocol"),
        )
        for one in items(node, "spec", "ports")
        if isinstance(one, MappingNode) and text(one, "protocol") in ("", "TCP")
    )
    return Service(
        name,
        text(node, "metadata", "namespace"),
        texts(node, "spec", "selector"),
        text(node, "spec", "clusterIP") == "None",
        ports,
    )


def declared(container: Node) -> list[Port]:
    """The ports that a container says it has."""
    asked = probed(container)
    found = []
    for one in seen_items(container, "ports"):
        number, name = text(one, "containerPort"), text(one, "name")
        if number.isdecimal():
            tcp = text(one, "protocol") in ("", "TCP")
            protocol = asked.get(number, asked.get(name))
            found.append(
                Port(
                    int(number),
                    name,
                    protocol == "",
                    tcp,
                    protocol=protocol or "",
                )
            )
    return found


def probed(container: Node) -> dict[str, str]:
    """Ports by number or name that a probe asks, and what it speaks if not HTTP."""
    found = {}
    for probe in _PROBES:
        if port := text(container, probe, "grpc", "port"):
            found[port] = "gRPC"
        if port := text(container, probe, "httpGet", "port"):
            tls = text(container, probe, "httpGet", "scheme").upper() == "HTTPS"
            found[port] = "TLS" if tls else ""
    return found


def leads_to(target: str, port: Port) -> bool:
    return target in (str(port.number), port.name) and bool(target)
