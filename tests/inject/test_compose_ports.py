import pytest

from sidecar.inject.compose_ports import Left, choose, published
from sidecar.inject.options import Options
from tests.inject.parsed import first


def service(text):
    return first(text)


@pytest.mark.parametrize(
    ("entry", "port", "moved"),
    [
        ('"8000:80"', 80, "8000:8080"),
        ("8000:80", 80, "8000:8080"),
        ("80", 80, "8080"),
        ('"127.0.0.1:8000:80/tcp"', 80, "127.0.0.1:8000:8080"),
        ('"[::1]:8000:80"', 80, "[::1]:8000:8080"),
        ('"${PORT:-1}:80"', 80, "${PORT:-1}:8080"),
        ("{target: 80, published: '8000'}", 80, {"target": 8080, "published": "8000"}),
    ],
)
def test_what_is_published_and_where_it_moves(entry, port, moved):
    (found,) = published(service(f"ports: [{entry}]"))
    assert (found.port.number, found.moved) == (port, moved)


@pytest.mark.parametrize(
    "entry", ['"3000-3005:3000-3005"', '"80:${PORT}"', "{target: x}"]
)
def test_what_is_not_a_plain_number(entry):
    assert list(published(service(f"ports: [{entry}]"))) == []


NAMED = frozenset({"x"})


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('ports: ["1:9229", "2:80"]', Options(), 80),
        ('ports: ["1:81", "2:80"]', Options(port=81), 81),
        ("image: x", Options(port=81, services=NAMED), 81),
        (
            '{image: redis, ports: ["1:6379"]}',
            Options(),
            "redis is a database or cache",
        ),
        ('{image: redis, ports: ["1:6379"]}', Options(services=NAMED), "speaks Redis"),
        ('ports: ["1:81"]', Options(port=80), "it publishes no port 80"),
        ('ports: ["53:53/udp"]', Options(), "port 53 speaks UDP"),
        ('ports: ["1:${P}"]', Options(), "not plain numbers"),
        ("image: x", Options(), "it publishes no port"),
    ],
)
def test_which_is_taken_over(text, options, expected):
    found = choose(service(text), options)
    if isinstance(found, Left):
        assert expected in found.reason
    else:
        assert found.port.number == expected
