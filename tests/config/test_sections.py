import pytest
from pydantic import Field, ValidationError

from sidecar.config.fields import Duration
from sidecar.config.sections import (
    Always,
    AnyNumber,
    OneOrMore,
    Section,
    Switchable,
    shape,
    written,
)


class Inner(Section):
    wait: Duration = Field(default=written("5s"))


class Outer(Section):
    may: Switchable[Inner] = Inner()
    must: Always[Inner] = Inner()
    some: AnyNumber[Inner] = ()
    one: OneOrMore[Inner] = (Inner(),)


@pytest.mark.parametrize("off", ["off", False, None])
def test_off(off):
    assert Outer.model_validate({"may": off}).may is None
    assert Outer.model_validate({"some": off}).some == ()


@pytest.mark.parametrize("wrong", ["on", True, 0, "no", []])
def test_not_off(wrong):
    with pytest.raises(ValidationError):
        Outer.model_validate({"may": wrong})


def test_null_says_nothing_where_off_makes_no_sense():
    assert Outer.model_validate({"must": None}).must == Inner()
    with pytest.raises(ValidationError):
        Outer.model_validate({"must": "off"})


@pytest.mark.parametrize("key", ["some", "one"])
def test_one_is_a_list_of_one(key):
    found = Outer.model_validate({key: {"wait": 1}})
    assert getattr(found, key) == (Inner(wait=1.0),)


def test_defaults_are_parsed_and_frozen():
    assert Inner().wait == 5
    with pytest.raises(ValidationError, match="frozen"):
        Inner().wait = 1


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "<mapping>"), ([], "<list>"), ("x", "<value>")]
)
def test_shapes(given, expected):
    assert shape(given) == expected
