"""Outline: which keys the models know, by the path of their section.

Patterns are paths in which `*` stands for any key or list position.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, SecretStr

from sidecar.config.mistakes import KeyPath
from sidecar.config.schema import Config

Pattern = tuple[str, ...]
ANY = "*"


def fits(pattern: Pattern, path: KeyPath) -> bool:
    return len(pattern) == len(path) and all(
        want in (ANY, part) for want, part in zip(pattern, path, strict=True)
    )


@cache
def sections() -> tuple[tuple[Pattern, type[BaseModel]], ...]:
    """All sections, those within others after them."""
    return tuple(_walk((), Config))


@cache
def keys() -> Mapping[Pattern, tuple[str, ...]]:
    """The keys of every section."""
    found: dict[Pattern, tuple[str, ...]] = {}
    for pattern, model in sections():
        names = tuple(f.alias or name for name, f in model.model_fields.items())
        found[pattern] = tuple(dict.fromkeys((*found.get(pattern, ()), *names)))
    return found


@cache
def secrets() -> tuple[Pattern, ...]:
    """Where secrets stand."""
    return tuple(
        (*pattern, name, *steps)
        for pattern, model in sections()
        for name, field in model.model_fields.items()
        for steps, leaf in _leaves(field.annotation)
        if leaf is SecretStr
    )


def known_keys(path: KeyPath) -> tuple[str, ...]:
    """The keys of the section at `path`; empty where there is none."""
    for pattern, names in keys().items():
        if fits(pattern, path):
            return names
    return ()


def homes(key: str) -> list[str]:
    """The sections that know `key`, as text, nearest to the top first."""
    homes = [p for p, names in keys().items() if key in names and "routes" not in p]
    return [".".join(pattern) for pattern in sorted(homes, key=len) if pattern]


def is_secret(path: KeyPath) -> bool:
    return any(fits(pattern, path) for pattern in secrets())


def _walk(
    at: Pattern, model: type[BaseModel]
) -> Iterator[tuple[Pattern, type[BaseModel]]]:
    yield at, model
    for name, field in model.model_fields.items():
        for steps, leaf in _leaves(field.annotation):
            if isinstance(leaf, type) and issubclass(leaf, BaseModel):
                here = (*at, field.alias or name)
                yield from _walk((*here, *steps), leaf)
                alone = any(isinstance(m, BeforeValidator) for m in field.metadata)
                if steps and alone:  # one, written without a list
                    yield from _walk(here, leaf)


def _leaves(annotation: object) -> Iterator[tuple[Pattern, object]]:
    """The types within an annotation, and the steps to them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _leaves(arguments[0])
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from _leaves(argument)
    elif origin is tuple:
        yield from (((ANY, *steps), leaf) for steps, leaf in _leaves(arguments[0]))
    elif origin is dict:
        yield from (((ANY, *steps), leaf) for steps, leaf in _leaves(arguments[1]))
    else:
        yield (), annotation
