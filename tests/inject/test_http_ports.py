import pytest

from sidecar.inject.http_ports import Port, kind_of_store, likeliest, other_protocol


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("redis", "a database or cache"),
        ("redis:7-alpine", "a database or cache"),
        ("registry.example/library/postgres@sha256:00", "a database or cache"),
        ("bitnami/mongodb-server:1", "a database or cache"),
        ("rabbitmq:3", "a queue"),
        ("redis-commander", ""),
        ("nextcloud-mariadb", ""),
        ("nginx", ""),
        ("", ""),
    ],
)
def test_what_an_image_is(image, kind):
    assert kind_of_store(image) == kind


@pytest.mark.parametrize(
    ("port", "speaks"),
    [
        (Port(80), ""),
        (Port(6379), "Redis"),
        (Port(6379, name="http"), ""),
        (Port(6379, probed=True), ""),
        (Port(9000, name="grpc"), "grpc"),
        (Port(80, tcp=False), "UDP"),
        (Port(9229), "a debugger"),
    ],
)
def test_what_a_port_speaks(port, speaks):
    assert other_protocol(port) == speaks


@pytest.mark.parametrize(
    ("rule", "ports", "expected"),
    [
        ("none", [], None),
        ("none that speaks HTTP", [Port(5432)], None),
        ("the usual one", [Port(9999), Port(8080), Port(9229)], 8080),
        ("a telling name first", [Port(80), Port(7000, name="web")], 7000),
        ("a probe before all", [Port(80, name="http"), Port(7000, probed=True)], 7000),
        ("else the first", [Port(4444), Port(4443)], 4444),
    ],
)
def test_which_is_taken(rule, ports, expected):
    found = likeliest(ports)
    assert (found.number if found else None) == expected
