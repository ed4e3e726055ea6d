"""Choice: which port of a workload the sidecar stands before, or why none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sidecar.inject.http_ports import Port, kind_of_store, likeliest, why_not
from sidecar.inject.nodes import MappingNode
from sidecar.inject.options import Options
from sidecar.inject.pod import NAME
from sidecar.inject.reading import seen_items, text
from sidecar.inject.room import no_room
from sidecar.inject.workloads import (
    Service,
    ServicePort,
    Workload,
    declared,
    leads_to,
    probed,
)

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
    """`present`: because a sidecar is there already."""

    reason: str
    present: bool = False


def choose(
    workload: Workload, services: Sequence[Service], options: Options
) -> Chosen | NotChosen:
    """The container and port, from what was told, or what the manifest shows."""
    choice = _choice(workload, services, options)
    if isinstance(choice, Chosen) and (reason := no_room(workload, options)):
        return NotChosen(reason)
    return choice


def _choice(
    workload: Workload, services: Sequence[Service], options: Options
) -> Chosen | NotChosen:
    if NAME in workload.all_names():
        return NotChosen("it has a container named sidecar", present=True)
    if workload.kind == "Service":
        return NotChosen("it is Knative's, which puts a proxy of its own into the pod")
    if options.containers:
        return _told(workload, services, options)
    if workload.ends:
        reason = "it runs to an end; --container NAME says which of it serves HTTP"
        return NotChosen(reason)
    candidates = list(_published(workload, services))
    if options.port is not None:
        candidates = [one for one in candidates if one[1].number == options.port]
    return _likeliest(workload, candidates, options)


def _likeliest(
    workload: Workload, candidates: Sequence[Candidate], options: Options
) -> Chosen | NotChosen:
    if not candidates:
        which = "a port" if options.port is None else f"port {options.port}"
        reason = f"no container declares {which}: say --container NAME --port N"
        return NotChosen(reason)
    serving = [one for one in candidates if not kind_of_store(_image(one))]
    if not serving:
        image = _image(candidates[0])
        return NotChosen(f"{image} is {kind_of_store(image)}")
    ports = [port for _, port in serving]
    port = likeliest(ports) if options.port is None else ports[0]
    if port is None:
        return NotChosen(why_not(ports[0]))
    container = next(one for one, its in serving if its is port)
    return Chosen(container, port, _warnings(workload, container, port, serving))


def _told(
    workload: Workload, services: Sequence[Service], options: Options
) -> Chosen | NotChosen:
    named = [
        one for one in workload.containers if text(one, "name") in options.containers
    ]
    if not named:
        return NotChosen(
            f"no container is named {' or '.join(sorted(options.containers))}"
        )
    container = named[0]
    served = [port for one, port in _published(workload, services) if one is container]
    ports = served or declared(container)
    if options.port is not None:
        port: Port | None = Port(options.port)
        port = next((one for one in ports if one.number == options.port), port)
    else:
        port = likeliest(ports) or next(iter(ports), None)
    if port is None:
        return NotChosen(f"{text(container, 'name')} declares no port: say --port N")
    candidates = [(container, one) for one in ports]
    return Chosen(container, port, _warnings(workload, container, port, candidates))


def _published(workload: Workload, services: Sequence[Service]) -> Iterator[Candidate]:
    """The ports that Services lead to; without Services, those that are declared."""
    known = [(one, port) for one in workload.containers for port in declared(one)]
    if not services:
        yield from known
        return
    sending = [port for sends in services for port in sends.ports]
    for container, port in known:
        if senders := [one for one in sending if leads_to(one.target, port)]:
            yield container, _as_served(port, senders)
    numbers = {str(port.number) for _, port in known}
    for target in sorted({port.target for port in sending} - numbers):
        # A port need not be declared.
        if target.isdecimal():
            senders = [one for one in sending if one.target == target]
            container, port = _undeclared(workload, target)
            yield container, _as_served(port, senders)


def _undeclared(workload: Workload, number: str) -> Candidate:
    """It is that of a container that is probed there, or most likely the first's."""
    for container in workload.containers:
        if (protocol := probed(container).get(number)) is not None:
            return container, Port(int(number), "", protocol == "", protocol=protocol)
    return workload.containers[0], Port(int(number))


def _as_served(port: Port, senders: Sequence[ServicePort]) -> Port:
    names = (one.name for one in senders if one.name)
    protocols = (one.protocol for one in senders if one.protocol)
    return replace(
        port,
        served_as=next(names, ""),
        protocol=next(protocols, port.protocol),
    )


def _warnings(
    workload: Workload,
    container: MappingNode,
    port: Port,
    candidates: Sequence[Candidate],
) -> tuple[str, ...]:
    found = []
    numbers = dict.fromkeys(one.number for _, one in candidates)
    if others := [str(number) for number in numbers if number != port.number]:
        found.append(f"port {' and '.join(others)} is still reached directly")
    if len(owners := workload.owners(port.number)) > 1:
        found.append(
            f"{' and '.join(owners)} declare port {port.number}: one alone can have it"
        )
    host = any(text(one, "hostPort") for one in seen_items(container, "ports"))
    if host:
        found.append("hostPort leads to the application, past the sidecar")
    if text(workload.spec, "hostNetwork") == "true":
        found.append("hostNetwork: the sidecar's ports are taken on every node")
    return tuple(found)


def _image(candidate: Candidate) -> str:
    return text(candidate[0], "image")
