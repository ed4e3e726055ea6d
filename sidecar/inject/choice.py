"""Choice: which port of a workload the sidecar stands before, or why none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sidecar.inject.http_ports import Port, kind_of_store, likeliest, other_protocol
from sidecar.inject.nodes import MappingNode
from sidecar.inject.options import Options
from sidecar.inject.pod import NAME
from sidecar.inject.reading import seen_items, text
from sidecar.inject.workloads import Service, Workload, declared, leads_to

Candidate = tuple[MappingNode, Port]


@dataclass(frozen=True, slots=True)
class Chosen:
    container: MappingNode
    port: Port
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return text(self.container, "name")


@dataclass(frozen=True, slots=True)
class NotChosen:
    reason: str


def choose(
    workload: Workload, services: Sequence[Service], options: Options
) -> Chosen | NotChosen:
    """The container and port, from what was told, or what the manifest shows."""
    if NAME in workload.all_names():
        return NotChosen("it has a container named sidecar already")
    if options.containers:
        return _told(workload, options)
    if workload.kind in ("Job", "CronJob"):
        return NotChosen("it runs to an end; name a container if it serves HTTP")
    candidates = list(_published(workload, services))
    if options.port is not None:
        candidates = [one for one in candidates if one[1].number == options.port]
    return _likeliest(workload, candidates, options)


def _likeliest(
    workload: Workload, candidates: Sequence[Candidate], options: Options
) -> Chosen | NotChosen:
    if not candidates:
        return NotChosen("no container publishes a port; name one, and its port")
    serving = [one for one in candidates if not kind_of_store(_image(one))]
    if not serving:
        image = _image(candidates[0])
        return NotChosen(f"{image} is {kind_of_store(image)}")
    ports = [port for _, port in serving]
    port = likeliest(ports) if options.port is None else ports[0]
    if port is None:
        speaks = other_protocol(ports[0])
        return NotChosen(f"port {ports[0].number} speaks {speaks}, not HTTP")
    container = next(one for one, its in serving if its is port)
    return Chosen(container, port, _warnings(workload, container, port, serving))


def _told(workload: Workload, options: Options) -> Chosen | NotChosen:
    named = [
        one for one in workload.containers if text(one, "name") in options.containers
    ]
    if not named:
        return NotChosen(
            f"no container is named {' or '.join(sorted(options.containers))}"
        )
    container = named[0]
    ports = declared(container)
    if options.port is not None:
        port: Port | None = Port(options.port)
        port = next((one for one in ports if one.number == options.port), port)
    else:
        port = likeliest(ports) or next(iter(ports), None)
    if port is None:
        return NotChosen(f"{text(container, 'name')} declares no port: say which")
    candidates = [(container, one) for one in ports]
    return Chosen(container, port, _warnings(workload, container, port, candidates))


def _published(workload: Workload, services: Sequence[Service]) -> Iterator[Candidate]:
    """The ports that Services lead to; without Services, those that are declared."""
    known = [(one, port) for one in workload.containers for port in declared(one)]
    if not services:
        yield from known
        return
    targets = {port.target for sends in services for port in sends.ports}
    for container, port in known:
        if any(leads_to(target, port) for target in targets):
            yield container, port
    numbers = {str(port.number) for _, port in known}
    for target in sorted(targets - numbers):
        # A port need not be declared; it is then most likely the first container's.
        if target.isdecimal():
            yield workload.containers[0], Port(int(target))


def _warnings(
    workload: Workload,
    container: MappingNode,
    port: Port,
    candidates: Sequence[Candidate],
) -> tuple[str, ...]:
    found = []
    others = [str(one.number) for _, one in candidates if one is not port]
    if others:
        found.append(f"port {' and '.join(others)} is still reached directly")
    host = any(text(one, "hostPort") for one in seen_items(container, "ports"))
    if host:
        found.append("hostPort leads to the application, past the sidecar")
    if text(workload.spec, "hostNetwork") == "true":
        found.append("hostNetwork: the sidecar's ports are taken on every node")
    return tuple(found)


def _image(candidate: Candidate) -> str:
    return text(candidate[0], "image")
