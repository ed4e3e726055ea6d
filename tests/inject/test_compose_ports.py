import pytest

from sidecar.inject.compose_ports import Left, choose, others, published
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
    ("entry", "port", "moved", "written"),
    [
        ('"80:${PORT}"', 0, "80:8080", "${PORT}"),
        ('"${P:-1}:${P:-81}/tcp"', 81, "${P:-1}:8080", "${P:-81}"),
        ('"127.0.0.1:1:$P"', 0, "127.0.0.1:1:8080", "$P"),
    ],
)
def test_a_port_that_is_a_variable(entry, port, moved, written):
    (found,) = published(service(f"ports: [{entry}]"))
    assert (found.port.number, found.moved, found.written) == (port, moved, written)


def test_what_is_published_besides():
    given = service('ports: ["1:80", "3-5:3-5", "${P}", {target: 9}]')
    (first_one, *_) = published(given)
    assert others(given, first_one) == ["3-5:3-5", "${P}", "9"]


@pytest.mark.parametrize("entry", ['"3000-3005:3000-3005"', '"${PORT}"', "{target: x}"])
def test_what_is_not_one_port(entry):
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
        ('ports: ["${P}"]', Options(), "a range or a variable"),
        ('ports: ["1:${P:-9229}", "2:${Q}"]', Options(), 0),
        ("image: x", Options(), "it publishes no port"),
    ],
)
def test_which_is_taken_over(text, options, expected):
    found = choose(service(text), options)
    if isinstance(found, Left):
        assert expected in found.reason
    else:
        assert found.port.number == expected
