from typing import Any

import pytest

from sidecar.inject.choice import Chosen, choose
from sidecar.inject.options import Options
from sidecar.inject.workloads import service, workload
from tests.inject.parsed import first

USUAL = Options()
POD = """\
kind: {kind}
metadata: {{labels: {{app: a}}}}
spec: {{containers: [
  {{name: app, image: app, ports: [{{containerPort: 8080}}, {{containerPort: 9100, hostPort: 1}}]}},
  {{name: store, image: redis, ports: [{{containerPort: 6379}}]}},
  {{name: bare, image: bare{bare}}}]{more}}}
"""
PROBED = ", readinessProbe: {httpGet: {port: 3000}}"


def chosen(options=USUAL, services=(), kind="Pod", more="", bare=""):
    text = POD.format(kind=kind, more=more, bare=bare)
    if kind != "Pod":
        text = f"kind: {kind}\nspec:\n template:\n" + "".join(
            f"  {line}\n" for line in text.splitlines()[1:]
        )
    sends: Any = [
        service(first(f"kind: Service\nspec: {{selector: {{app: a}}, ports: {ports}}}"))
        for ports in services
    ]
    made: Any = workload(first(text))
    return choose(made, sends, options)


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("declared ports", {}, ("app", 8080)),
        ("what a Service leads to", {"services": ["[{port: 9100}]"]}, ("app", 9100)),
        (
            "what a Service calls HTTP",
            {
                "services": [
                    "[{port: 8080, name: http-metrics}, {port: 9100, name: http}]"
                ]
            },
            ("app", 9100),
        ),
        (
            "not what a Service says is HTTP/2",
            {
                "services": [
                    "[{port: 8080, appProtocol: kubernetes.io/h2c}, {port: 9100}]"
                ]
            },
            ("app", 9100),
        ),
        (
            "undeclared, of the one that is probed there",
            {"services": ["[{port: 3000}]"], "bare": PROBED},
            ("bare", 3000),
        ),
        (
            "of a container, what a Service leads to",
            {
                "options": Options(containers=frozenset({"app"})),
                "services": ["[{port: 9100}]"],
            },
            ("app", 9100),
        ),
        ("undeclared, the first's", {"services": ["[{port: 3000}]"]}, ("app", 3000)),
        (
            "a container by name",
            {"options": Options(containers=frozenset({"store"}))},
            ("store", 6379),
        ),
        (
            "and by port",
            {"options": Options(containers=frozenset({"bare"}), port=1)},
            ("bare", 1),
        ),
        ("a port alone", {"options": Options(port=9100)}, ("app", 9100)),
        (
            "a job by name",
            {"kind": "Job", "options": Options(containers=frozenset({"app"}))},
            ("app", 8080),
        ),
    ],
)
def test_what_is_taken(rule, given, expected):
    found = chosen(**given)
    assert isinstance(found, Chosen)
    assert (found.name, found.port.number) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"more": ", initContainers: [{name: sidecar}]"}, "named sidecar"),
        ({"kind": "Job"}, "runs to an end"),
        ({"services": ["[{port: x}]"]}, "no container declares a port"),
        ({"services": ["[{port: 6379}]"]}, "redis is a database"),
        ({"services": ["[{port: 5432}]"]}, "speaks PostgreSQL"),
        ({"options": Options(port=1)}, "no container declares port 1: say --container"),
        ({"kind": "Service"}, "Knative's"),
        (
            {"services": ["[{port: 8080, appProtocol: grpc}]"]},
            "port 8080 speaks grpc, not HTTP/1.1",
        ),
        (
            {
                "services": ["[{port: 3000}]"],
                "bare": ", startupProbe: {httpGet: {port: 3000, scheme: HTTPS}}",
            },
            "port 3000 speaks TLS",
        ),
        (
            {"options": Options(containers=frozenset({"no"}))},
            "no container is named no",
        ),
        ({"options": Options(containers=frozenset({"bare"}))}, "declares no port"),
        ({"bare": ", ports: [{containerPort: 15080}]"}, "bare has the sidecar's port"),
    ],
)
def test_why_nothing_is_taken(given, reason):
    assert reason in chosen(**given).reason


def test_what_goes_past_it_is_said():
    warnings = " ".join(chosen(more=", hostNetwork: true").warnings)
    assert "9100" in warnings
    assert "hostPort" in warnings
    assert "every node" in warnings


def test_two_containers_with_one_port():
    there = ", ports: [{containerPort: 8080}]"
    warnings = chosen(bare=there).warnings
    assert "app and bare declare port 8080: one alone can have it" in warnings
    assert "port 8080 is still reached directly" not in warnings
