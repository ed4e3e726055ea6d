"""Which fields of a document it says that a request gets, and what goes on."""

import pytest

from sidecar.config.schema_policies import Selection
from sidecar.explain.explanation import explanation
from sidecar.explain.selecting import Selecting, selecting
from tests.explain.example import asked, loaded

PLAIN = Selection()
STRICT = Selection(strict=True)
PASSED = Selection.model_validate({"pass": True})
DATA = Selection(envelope="data")


@pytest.mark.parametrize(
    ("rule", "section", "target", "expected", "rest"),
    [
        ("off", None, "/?fields=a", None, "/?fields=a"),
        (
            "taken out",
            PLAIN,
            "/?fields=a&b=1",
            Selecting("fields", "a", None, readable=True, refused=False),
            "/?b=1",
        ),
        (
            "passed on",
            PASSED,
            "/?fields=a",
            Selecting("fields", "a", None, readable=True, refused=False),
            "/?fields=a",
        ),
        (
            "nothing said",
            DATA,
            "/?b=1",
            Selecting("fields", None, "data", readable=True, refused=False),
            "/?b=1",
        ),
        (
            "cannot be read",
            PLAIN,
            "/?fields=(",
            Selecting("fields", "(", None, readable=False, refused=False),
            "/",
        ),
        (
            "and is refused",
            STRICT,
            "/?fields=(",
            Selecting("fields", "(", None, readable=False, refused=True),
            "/?fields=(",
        ),
    ],
)
def test_selecting(rule, section, target, expected, rest):
    one = asked(target)
    assert selecting(section, one) == expected, rule
    assert one.request.target == rest.encode(), rule


def test_only_what_reads():
    assert selecting(PLAIN, asked("/?fields=a", "POST")) is None


def test_what_is_looked_for_is_the_whole_document(tmp_path):
    request = asked("/?fields=id&q=1", range="bytes=0-1", accept_encoding="br")
    found = explanation(loaded(tmp_path, "defaults: {fields: {}}"), request)
    assert found.storing.key[0].value == "http://shop.example/?q=1"
    assert found.storing.lookup == "yes"
    assert found.compression.coding == "br"
