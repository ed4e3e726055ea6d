from typing import Any

import pytest

from sidecar.config.schema import Config
from sidecar.inject.options import Options
from sidecar.inject.pod import ADMIN
from sidecar.inject.room import no_room
from sidecar.inject.workloads import workload
from tests.inject.parsed import first

POD = "{containers: [{name: a}, {name: b, ports: %s}]}"
STAYS = "{containers: [{name: a}], initContainers: [{name: b, ports: %s}]}"


def made(kind, spec):
    whole = spec if kind == "Pod" else f"{{template: {{spec: {spec}}}}}"
    found: Any = workload(first(f"kind: {kind}\nspec: {whole}"))
    return found


@pytest.mark.parametrize(
    ("rule", "spec", "options", "reason"),
    [
        ("another", POD % "[{containerPort: 80}]", {}, ""),
        ("its own", POD % "[{containerPort: 15080}]", {}, "b has the sidecar's port"),
        ("health's", POD % "[{containerPort: 15081}]", {}, "15081: --listen says"),
        ("told", POD % "[{containerPort: 15080}]", {"listen": 16000}, ""),
        ("told in vain", POD % "[{containerPort: 80}]", {"listen": 80}, "port 80:"),
        ("UDP", POD % "[{containerPort: 15080, protocol: UDP}]", {}, ""),
        ("that stays", STAYS % "[{containerPort: 15080}]", {}, "b has the sidecar's"),
        ("the admin's", POD % "[{containerPort: 9902}]", {}, "b has port 9902: give"),
        ("a file's", POD % "[{containerPort: 9902}]", {"config": "admin: {}"}, ""),
    ],
)
def test_ports(rule, spec, options, reason):
    found = no_room(made("Pod", spec), Options(**options))
    assert reason in found
    assert bool(reason) == bool(found)


def test_volumes():
    spec = "{containers: [{name: a}], volumes: [{name: x}, {name: %s}]}"
    assert no_room(made("Pod", spec % "tmp"), Options()) == ""
    assert "a volume sidecar-tmp" in no_room(
        made("Pod", spec % "sidecar-tmp"), Options()
    )


@pytest.mark.parametrize(
    ("options", "room"),
    [({}, True), ({"native": False}, False), ({"kubernetes": (1, 28)}, False)],
)
def test_a_job_ends_only_beside_a_native_one(options, room):
    assert (no_room(made("Job", POD % "[]"), Options(**options)) == "") == room


def test_the_admin_listener_is_where_it_is_by_default():
    assert Config().admin.listen.port == ADMIN
