"""Interpolation: `${NAME}` in a value becomes the environment's.

Works on one scalar after the file was parsed, so a variable can never add
structure. Forms: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`; `$${` is a
literal `${`. Defaults are literal text: nothing nests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^{}]*))?\}|([^}\n]{0,40}))",
    re.ASCII,
)
MAX_TEXT = 1 << 20
"""Characters of one value after replacement; a longer one is a mistake."""


class Unresolved(Exception):
    """A reference that cannot be replaced; the text says why."""


@dataclass(frozen=True, slots=True)
class Replaced:
    text: str
    names: tuple[str, ...]
    """The variables that were asked for."""
    whole: bool
    """The scalar was one reference and nothing else: its type is the variable's."""


def interpolate(text: str, environ: Mapping[str, str]) -> Replaced:
    """Replace all references in `text`.

    Raises:
        Unresolved: a variable is missing, or a reference is malformed.
    """
    names: list[str] = []
    parts: list[str] = []
    end = 0
    whole = False
    for match in _REFERENCE.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] == "$${":
            parts.append("${")
            continue
        parts.append(_value(match, environ))
        names.append(match[1])
        whole = match.start() == 0 and end == len(text)
    parts.append(text[end:])
    if sum(map(len, parts)) > MAX_TEXT:
        raise Unresolved("the value is longer than 1 MiB after replacing variables")
    return Replaced("".join(parts), tuple(names), whole)


def _value(match: re.Match[str], environ: Mapping[str, str]) -> str:
    name, operator, argument = match[1], match[2], match[3]
    if name is None:
        raise Unresolved(
            f"not a variable: {match[0]!r}"
            " (write ${NAME}, ${NAME:-default} or ${NAME:?message}; $${ is literal)"
        )
    value = environ.get(name)
    # As in a shell, with the colon an empty variable counts as a missing one.
    if value is not None and (value or not operator):
        return value
    if operator == ":-":
        return str(argument)
    if operator == ":?" and argument:
        raise Unresolved(f"the variable {name} is missing: {argument}")
    state = "empty" if value is not None else "missing"
    raise Unresolved(f"the variable {name} is {state}")
