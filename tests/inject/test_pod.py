from typing import Any

from sidecar.config.load import load
from sidecar.inject import pod
from sidecar.inject.options import Options

CONTAINER: Any = pod.container(Options(), 3000)


def test_start_never_waits_for_the_application():
    assert CONTAINER["startupProbe"]["httpGet"]["path"] == "/startupz"
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert CONTAINER["restartPolicy"] == "Always"
    assert "restartPolicy" not in pod.container(Options(native=False), 3000)


def test_autoscalers_find_a_request_and_nothing_throttles():
    assert "cpu" in CONTAINER["resources"]["requests"]
    assert "cpu" not in CONTAINER["resources"]["limits"]


def test_the_configuration_is_a_folder_so_that_updates_arrive():
    assert all("subPath" not in mount for mount in CONTAINER["volumeMounts"])


def test_it_may_do_nothing_that_it_need_not():
    context = CONTAINER["securityContext"]
    assert context["runAsNonRoot"]
    assert context["readOnlyRootFilesystem"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert not context["allowPrivilegeEscalation"]


def test_as_one_of_the_containers_it_outlives_the_wait():
    def hook(options):
        container: Any = pod.container(options, 1)
        return container["lifecycle"]["preStop"]["exec"]["command"]

    assert "--wait=10" not in hook(Options())
    assert "--wait=10" in hook(Options(native=False))


def test_old_clusters_need_a_program_to_sleep():
    assert pod.wait(Options()) == {"sleep": {"seconds": 10}}
    assert pod.wait(Options(kubernetes=(1, 29))) == {
        "exec": {"command": ["sleep", "10"]}
    }


def test_the_grace_covers_the_wait_and_the_drain():
    assert pod.grace(Options()) == 30
    assert pod.grace(Options(wait=60)) == 80


def test_the_configuration(tmp_path):
    made: Any = pod.config_map("a-sidecar", "shop", "a", Options())
    assert made["metadata"]["namespace"] == "shop"
    file = tmp_path / "sidecar.yaml"
    file.write_text(made["data"]["sidecar.yaml"])
    config = load(file, environ={}).config
    assert config.shutdown.timeout == pod.DRAIN
    assert config.telemetry.service == "a"
    own: Any = pod.config_map("a", "", "a", Options(config="listen: :1\n"))
    assert own["data"] == {"sidecar.yaml": "listen: :1\n"}
    assert "namespace" not in own["metadata"]
