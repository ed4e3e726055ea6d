import pytest

from sidecar.inject.http_ports import Port, kind_of_store, likeliest, why_not


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
    ("port", "reason"),
    [
        (Port(80), ""),
        (Port(6379), "port 6379 speaks Redis, not HTTP/1.1"),
        (Port(6379, name="http"), ""),
        (Port(6379, probed=True), ""),
        (Port(9000, name="grpc"), "port 9000 speaks grpc, not HTTP/1.1"),
        (Port(9000, name="grpc-api"), "port 9000 speaks grpc-api, not HTTP/1.1"),
        (Port(9000, name="grpc-web"), ""),
        (Port(9000, name="https-alt"), ""),
        (Port(9000, name="tlsa"), ""),
        (Port(80, tcp=False), "port 80 speaks UDP, not HTTP/1.1"),
        (Port(9229), "port 9229 speaks DevTools, not HTTP/1.1"),
        (Port(9090, name="http-metrics"), "port 9090 is for http-metrics"),
        (Port(9090, name="admin"), "port 9090 is for admin"),
        (Port(9090, name="metrics", probed=True), ""),
        (Port(80, served_as="h2c"), "port 80 speaks h2c, not HTTP/1.1"),
        (Port(6379, served_as="http"), ""),
        (Port(50051, protocol="HTTP"), ""),
        (Port(80, protocol="kubernetes.io/ws"), ""),
        (Port(80, "http", protocol="gRPC"), "port 80 speaks gRPC, not HTTP/1.1"),
    ],
)
def test_what_speaks_against_a_port(port, reason):
    assert why_not(port) == reason


@pytest.mark.parametrize(
    ("rule", "ports", "expected"),
    [
        ("none", [], None),
        ("none that speaks HTTP", [Port(5432)], None),
        ("the usual one", [Port(9999), Port(8080), Port(9229)], 8080),
        ("a telling name first", [Port(80), Port(7000, name="web")], 7000),
        ("a probe before all", [Port(80, name="http"), Port(7000, probed=True)], 7000),
        (
            "what a Service calls it counts",
            [Port(8080), Port(4000, served_as="http")],
            4000,
        ),
        ("else the first", [Port(4444), Port(4443)], 4444),
    ],
)
def test_which_is_taken(rule, ports, expected):
    found = likeliest(ports)
    assert (found.number if found else None) == expected
