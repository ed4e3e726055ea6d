import pytest
import yaml

from sidecar.inject.options import Options
from sidecar.inject.rewrite import inject

USUAL = Options()
APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  template:
    metadata: {labels: {app: a, version: %s}}
    spec:
      containers:
      - {name: app, image: app, ports: [{name: web, containerPort: 8080}]%s}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: s}
spec:
  selector: {app: a}
  ports:
  - port: 80
    targetPort: web
  - port: 9100
%s"""


def injected(*texts, options=USUAL):
    done = inject(texts, options)
    documents = [list(yaml.safe_load_all(text)) for text in done.texts]
    return documents, " | ".join(map(str, done.notes.found))


def test_services_lead_to_the_sidecar_by_number():
    (documents,), said = injected(APP % ("a", 1, "") + "---\n" + SERVICE % "")
    ports = documents[1]["spec"]["ports"]
    assert [port.get("targetPort") for port in ports] == [15080, None]
    assert "Service/s: changed: targetPort web → 15080" in said


def test_a_service_in_another_file():
    (app, service), said = injected(APP % ("a", 1, ""), SERVICE % "")
    assert service[0]["spec"]["ports"][0]["targetPort"] == 15080
    assert len(app) == 2
    assert "no Service in the input" not in said


def test_a_port_without_a_target_gets_one():
    service = "kind: Service\nspec: {selector: {app: a}, ports: [{port: 8080}]}\n"
    (_, found), _ = injected(APP % ("a", 1, ""), service)
    assert found[0]["spec"]["ports"] == [{"targetPort": 15080, "port": 8080}]


@pytest.mark.parametrize(
    ("target", "ports"),
    [
        ("{port: 80, targetPort: web}", {"port": 80, "targetPort": 15080}),
        ("{port: 80, targetPort: 8080}", {"port": 80, "targetPort": 15080}),
        ("{port: 8080}", {"targetPort": 15080, "port": 8080}),
    ],
)
def test_two_workloads_behind_one_service(target, ports):
    """Blue and green, or a canary: the Service is led to both sidecars once."""
    service = f"kind: Service\nspec: {{selector: {{app: a}}, ports: [{target}]}}\n"
    text = "---\n".join([APP % ("blue", 1, ""), APP % ("green", 2, ""), service])
    (documents,), said = injected(text)
    assert documents[2]["spec"]["ports"] == [ports]
    assert said.count("changed: targetPort") == 1
    assert "no Service in the input" not in said


def test_what_stands_in_the_way_is_said():
    policy = "kind: NetworkPolicy\nmetadata: {name: p}\nspec: {}\n"
    other = (APP % ("old", 2, "")).replace("name: app,", "name: sidecar,")
    text = "---\n".join(
        [APP % ("a", 1, ""), other, SERVICE % "  clusterIP: None\n", policy]
    )
    _, said = injected(text)
    assert "Deployment/old: in already: it has a container named sidecar" in said
    assert "it is headless" in said
    assert "leads to Deployment/old too" in said
    assert "NetworkPolicy/p: warning" in said


def test_a_configuration_that_is_there_stays():
    own = "kind: ConfigMap\nmetadata: {name: a-sidecar}\ndata: {}\n---\n"
    (documents,), said = injected(own + APP % ("a", 1, ""))
    assert [one["kind"] for one in documents] == ["ConfigMap", "Deployment"]
    assert "ConfigMap/a-sidecar is there already" in said


def test_without_workloads_nothing_changes():
    text = SERVICE % ""
    done = inject([text], Options())
    assert done.texts == (text,)
    assert "it has no workload" in str(done.notes.found[0])


def test_what_cannot_be_edited_is_left_whole():
    text = "x: &i []\n" + (APP % ("a", 1, "")).replace(
        "containers:", "initContainers: *i\n      containers:"
    )
    done = inject([text], Options())
    assert done.texts == (text,)
    assert "edit it by hand" in str(done.notes.found[0])
