"""Sections: the parts of the file, and how they are switched off or left out."""

import os
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")

# Pydantic looks through all that is installed for plug-ins that want a part in models.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

OFF = (None, False, "off")


class Section(BaseModel):
    """A part of the file. Unknown keys are mistakes: a typo must not be a default."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )


def written(text: str) -> Any:  # noqa: ANN401 - what it becomes, the field says
    """A default as a person would write it; the field parses it like any other."""
    return text


def _none_when_off(value: object) -> object:
    return None if value is None or value is False or value == "off" else value


def _empty_when_null(value: object) -> object:
    """A key whose lines are all commented out is a section that says nothing."""
    return {} if value is None else value


def _many(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class _AlsoOff:
    """`off` and `false` in the JSON Schema of a section that may be null."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        options = [o for o in found.get("anyOf", [found]) if o != {"type": "null"}]
        return {"anyOf": [*options, {"enum": ["off", False, None]}]}


class _AlsoOne:
    """A single value in the JSON Schema of a list that may be written as one."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        return {"anyOf": [found["items"], found]}


def _none_or_many(value: object) -> object:
    return () if _none_when_off(value) is None else _many(value)


class _AlsoNull:
    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(core_schema), {"type": "null"}]}


Switchable = Annotated[T | None, BeforeValidator(_none_when_off), _AlsoOff()]
"""A section that `off`, `false` or null switches off."""
Always = Annotated[T, BeforeValidator(_empty_when_null), _AlsoNull()]
"""A section that cannot be switched off; null says nothing."""
OneOrMore = Annotated[
    tuple[T, ...], BeforeValidator(_many), Field(min_length=1), _AlsoOne()
]

AnyNumber = Annotated[
    tuple[T, ...], BeforeValidator(_none_or_many), _AlsoOne(), _AlsoOff()
]
"""A section of which there may be several; off: none."""


def shape(value: object) -> str:
    """Tell the variants of a `Choice` apart; the tags never stand in a file."""
    if isinstance(value, dict | BaseModel):
        return "<mapping>"
    return "<list>" if isinstance(value, list | tuple) else "<value>"


BY_SHAPE = Discriminator(shape)
MAPPING, LIST, VALUE = Tag("<mapping>"), Tag("<list>"), Tag("<value>")
