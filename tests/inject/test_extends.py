import pytest

from sidecar.inject.extends import extenders, lineage, taken
from sidecar.inject.nodes import mapping
from tests.inject.parsed import first

SERVICES = first("""\
base: {networks: [a], image: base}
web: {extends: {service: base}, networks: {b: , a: }}
two: {extends: web}
ring: {extends: gnir}
gnir: {extends: ring}
far: {extends: {file: other.yaml, service: base}}
lost: {extends: nobody}
""")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("base", ["base"]),
        ("two", ["two", "web", "base"]),
        ("ring", ["ring", "gnir"]),
        ("far", ["far"]),
        ("lost", ["lost"]),
    ],
)
def test_lineage(name, expected):
    service = mapping(SERVICES, name)
    assert service is not None
    found = lineage(SERVICES, service)
    assert found == [mapping(SERVICES, one) for one in expected]


def test_what_they_list():
    two = mapping(SERVICES, "two")
    assert two is not None
    assert taken(lineage(SERVICES, two), "networks") == ["b", "a"]


def test_who_extends_whom():
    found = {"base": "web", "web": "two", "gnir": "ring", "ring": "gnir"}
    assert extenders(SERVICES) == found | {"nobody": "lost"}
