import pytest
import yaml

from sidecar.inject.compose import is_compose
from sidecar.inject.options import Options
from sidecar.inject.rewrite import inject
from tests.inject.parsed import first

USUAL = Options()


def injected(text, options=USUAL):
    done = inject([text], options)
    return yaml.safe_load(done.texts[0])["services"], " | ".join(
        map(str, done.notes.found)
    )


def test_a_service_takes_over_the_port():
    services, said = injected(
        "services:\n  web:\n    image: x\n    ports:\n    - 8000:80\n    - '9:9'\n"
        "    networks: {front: {}, back: }\n    restart: 'no'\n    profiles: [a]\n"
    )
    assert services["web"]["ports"] == ["9:9"]
    assert services["web-sidecar"] == {
        "image": Options().image,
        "command": ["run", "--upstream=http://web:80"],
        "ports": ["8000:8080"],
        "depends_on": ["web"],
        "networks": ["front", "back"],
        "profiles": ["a"],
        "labels": {"sidecar.dev/injected": "web"},
        "restart": "no",
        "stop_grace_period": "40s",
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 - in the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    assert "published past the sidecar: 9" in said


def test_the_only_port_goes_with_its_key():
    services, _ = injected('services:\n  web:\n    image: x\n    ports: ["80:80"]\n')
    assert services["web"] == {"image": "x"}
    services, _ = injected('services: {web: {image: x, ports: ["80:80"]}}\n')
    assert services["web"]["ports"] == []


def test_a_file_is_mounted_where_one_is_given():
    options = Options(config="listen: :1\n", config_name="./own.yaml")
    services, _ = injected('services: {web: {ports: ["80:80"]}}', options)
    assert services["web-sidecar"]["volumes"] == [
        "./own.yaml:/etc/sidecar/sidecar.yaml:ro"
    ]
    assert "--config=/etc/sidecar/sidecar.yaml" in services["web-sidecar"]["command"]


def test_a_service_that_publishes_nothing_by_name():
    services, _ = injected(
        "services:\n  web:\n    image: x\n  two:\n    ports: ['80:80']\n",
        Options(services=frozenset({"web"}), port=5000),
    )
    assert "ports" not in services["web-sidecar"]
    assert services["web-sidecar"]["command"][1] == "--upstream=http://web:5000"
    assert "two-sidecar" not in services


@pytest.mark.parametrize(
    ("rule", "web", "expected"),
    [
        ("a merge", "<<: *x", {"networks": ["back"], "restart": "always"}),
        (
            "another service",
            "extends: {service: base}, networks: [front], profiles: [p]",
            {"networks": ["front", "back"], "profiles": ["p"], "restart": "always"},
        ),
        ("the same in short", "extends: base", {"networks": ["back"]}),
        ("another file", "extends: {file: f, service: base}", {"networks": None}),
    ],
)
def test_it_is_in_the_networks_that_the_service_has_from_elsewhere(rule, web, expected):
    text = (
        "x: &x {networks: [back], restart: always}\nservices:\n  base: {<<: *x}\n"
        f"  web: {{{web}, ports: ['80:80']}}\n"
    )
    done = inject([text], Options())
    made = yaml.safe_load(done.texts[0])["services"]["web-sidecar"]
    assert {key: made.get(key) for key in expected} == expected
    warned = "networks that it has of f" in " ".join(map(str, done.notes.found))
    assert warned == (rule == "another file")


@pytest.mark.parametrize(
    ("services", "reason"),
    [
        ("{web: {ports: !override ['80:80']}}", "its ports are !override"),
        ("{web: {<<: {ports: ['80:80']}}}", "behind an alias or a merge"),
        (
            "{web: {ports: ['80:80']}, two: {extends: web}}",
            "web: left alone: two extends it",
        ),
        (
            "{web: {ports: ['80:80']}, two: {extends: {service: web}}}",
            "two: left alone: it extends another, and itself publishes no port",
        ),
        ("{web: {network_mode: host, ports: ['80:80']}}", "network_mode"),
        (
            "{web: {ports: ['80:80']}, x: {labels: {sidecar.dev/injected: web}}}",
            "web: left alone: it has a sidecar already",
        ),
        (
            "{x: {ports: ['80:80'], labels: [a=b, sidecar.dev/injected=web]}, web: {}}",
            "x: left alone: it is a sidecar",
        ),
        ("{web: }", "not written out here"),
        ("{db: {image: postgres, ports: ['5432:5432']}}", "a database or cache"),
    ],
)
def test_why_one_is_left_alone(services, reason):
    text = f"services: {services}\n"
    done = inject([text], Options())
    assert done.texts == (text,)
    assert reason in " ".join(map(str, done.notes.found))


def test_a_service_of_somebody_else_that_is_called_so():
    services, said = injected(
        "services:\n  web:\n    image: x\n    ports: ['80:80']\n"
        "  web-sidecar:\n    image: own\n    ports: ['81:80']\n"
        "  web-sidecar-2:\n    image: own\n"
    )
    before = {
        name: service["labels"]["sidecar.dev/injected"]
        for name, service in services.items()
        if "labels" in service
    }
    assert before == {"web-sidecar-3": "web", "web-sidecar-sidecar": "web-sidecar"}
    assert services["web-sidecar"] == {"image": "own"}
    assert "web-sidecar-3 stands before it and asks http://web:80" in said


def test_ours_is_known_when_its_marks_are_gone():
    """As after a tool that reads the file and writes it anew."""
    services, _ = injected("services: {web: {image: x, ports: ['80:80']}}")
    again = yaml.safe_dump({"services": services})
    assert inject([again], USUAL).texts == (again,)


def test_a_name_that_is_not_there():
    _, said = injected(
        "services: {web: {image: x}}", Options(services=frozenset({"wbe"}))
    )
    assert "service wbe: left alone: there is none" in said


def test_what_a_compose_file_is():
    assert is_compose(first("services: {a: {}}"))
    assert not is_compose(first("kind: X\nservices: {a: {}}"))
    assert not is_compose(first("services: [a]"))
    assert not is_compose(first("[]"))
