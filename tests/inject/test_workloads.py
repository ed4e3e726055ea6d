from typing import Any

import pytest

from sidecar.inject.http_ports import Port
from sidecar.inject.nodes import Tree
from sidecar.inject.workloads import declared, leads_to, objects, service, workload
from tests.inject.parsed import first

POD = "spec: {containers: [{name: a}], initContainers: [{name: b}]}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"kind: Pod\n{POD}", "Pod/"),
        (
            f"kind: Deployment\nmetadata: {{name: x}}\nspec: {{template: {{{POD}}}}}",
            "Deployment/x",
        ),
        (f"kind: Rollout\nspec: {{template: {{{POD}}}}}", "Rollout/"),
        (
            f"kind: CronJob\nspec: {{jobTemplate: {{spec: {{template: {{{POD}}}}}}}}}",
            "CronJob/",
        ),
        ("kind: Deployment\nspec: {template: {spec: {containers: []}}}", "None"),
        ("kind: Service\nspec: {ports: [{port: 80}]}", "None"),
    ],
)
def test_what_makes_pods(text, found):
    made = workload(first(text))
    assert str(made) == found
    if made:
        assert made.all_names() == {"a", "b"}


def test_objects_of_a_list():
    text = "kind: List\nitems:\n- {kind: A}\n- {kind: BList, items: [{kind: C}]}\n- 1\n"
    kinds = [one.value[0][1].value for one in objects(Tree(text).documents)]
    assert kinds == ["A", "C"]


SERVICE = """\
kind: Service
metadata: {name: s, namespace: n}
spec:
  selector: {app: a}
  ports:
  - {port: 80, targetPort: http}
  - {port: 81}
  - {port: 53, protocol: UDP}
"""


@pytest.mark.parametrize(
    ("labels", "namespace", "selects"),
    [
        ("{app: a, b: c}", "n", True),
        ("{app: b}", "n", False),
        ("{app: a}", "other", False),
        ("{}", "n", False),
    ],
)
def test_whom_a_service_selects(labels, namespace, selects):
    sends: Any = service(first(SERVICE))
    pod = f"kind: Pod\nmetadata: {{namespace: {namespace}, labels: {labels}}}\n{POD}"
    made: Any = workload(first(pod))
    assert sends.selects(made) == selects
    assert [port.target for port in sends.ports] == ["http", "81"]


def test_declared_ports_and_which_of_them_is_probed():
    text = """\
ports: [{containerPort: 80, name: http}, {containerPort: 81}, {containerPort: x},
        {containerPort: 53, protocol: UDP},
        {containerPort: 443}, {containerPort: 9, name: rpc}]
readinessProbe: {httpGet: {port: http}}
livenessProbe: {httpGet: {port: 443, scheme: HTTPS}}
startupProbe: {grpc: {port: 9}}
"""
    assert declared(first(text)) == [
        Port(80, "http", probed=True),
        Port(81),
        Port(53, tcp=False),
        Port(443, protocol="TLS"),
        Port(9, "rpc", protocol="gRPC"),
    ]


def test_where_a_target_leads():
    assert leads_to("80", Port(80, "http"))
    assert leads_to("http", Port(80, "http"))
    assert not leads_to("", Port(80))
