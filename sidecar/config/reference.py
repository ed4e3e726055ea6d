"""Reference: docs/configuration.md, written from the models.

`python -m sidecar.config.reference` prints it; a test compares it with the file.
"""

import json
import sys
from collections.abc import Iterator, Mapping

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sidecar.config import availability
from sidecar.config.outline import Pattern, sections

_INTRODUCTION = """\
# Configuration

This page is generated from the code: `python -m sidecar.config.reference`.

One YAML file configures the sidecar; [sidecar.yaml](../config/sidecar.yaml) has every
key with a comment, [minimal.yaml](../config/minimal.yaml) is all that is needed.
`sidecar check FILE` lists every mistake with its line and column. `sidecar schema`
prints a JSON Schema, so that editors complete and check the file as you type.

- **Precedence.** A flag wins over the environment (`SIDECAR_CONFIG`,
  `SIDECAR_UPSTREAM`, `SIDECAR_LISTEN`, `SIDECAR_HEALTH`, `SIDECAR_ADMIN`,
  `SIDECAR_WORKERS`), which wins over the file. A route wins over `defaults`, which
  wins over the defaults on this page. Sections merge key by key; lists are replaced.
- **Durations** are `250ms`, `30s`, `1m30s`, `2h`, `7d` or a number of seconds;
  **sizes** `500KB`, `64KiB`, `10MiB`, `1GiB` or a number of bytes; **rates** `10/s`,
  `100/15m`; **ratios** `50%` or `0.5`.
- **Variables.** `${NAME}`, `${NAME:-default}` and `${NAME:?message}` are replaced
  within values after the file is parsed; `$${` is a literal `${`. Within `{ }` and
  `[ ]`, YAML wants them in quotes. A missing variable without default is a mistake. A
  value that is one variable has the type that its text looks like.
- **Secrets** may be read from files: `token: file:/run/secrets/token`. A relative name
  starts at the folder of the configuration file.
- **Off.** `off`, `false` or null switches a whole section off.
- **YAML** is that of version 1.2: `yes`, `on`, `012` and `1:30` are text. Keys occur
  once. Anchors, aliases and `<<` work.
- **Routes.** The first route whose `match` fits wins. A last route named `default`
  matches what is left; it is there without being written, and may be written to give
  it settings of its own. A route that names no `upstream` asks `default`, or the only
  upstream there is.
- **Not available yet** are the keys marked so: the file may not use them until then.
"""


def text() -> str:
    return "\n".join([_INTRODUCTION, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    seen: set[type[BaseModel]] = set()
    for pattern, model in sections():
        title = _title(pattern)
        if model in seen:
            continue
        seen.add(model)
        yield f"## {title}\n" if title else "## The file\n"
        yield f"{model.__doc__}\n"
        yield "| key | default | meaning |\n|---|---|---|"
        for name, field in model.model_fields.items():
            if title == "routes[]" and name in _inherited():
                continue
            yield _row((*pattern, field.alias or name), field)
        if title == "routes[]":
            yield "\nAnd every key of `defaults`."
        yield ""


def _inherited() -> set[str]:
    return set(dict(sections())[("defaults",)].model_fields)


def _row(pattern: Pattern, field: FieldInfo) -> str:
    meaning = _cell(field.description or "")
    if pattern in availability.TABLE:
        allowed = availability.TABLE[pattern]
        what = "Not available yet"
        if allowed:
            what += f", other than {' and '.join(f'`{one}`' for one in allowed[:2])}"
        meaning = f"{meaning} *{what}.*"
    return f"| `{pattern[-1]}` | {_default(field)} | {meaning} |"


def _default(field: FieldInfo) -> str:
    default = field.get_default()
    if default is PydanticUndefined:
        return "required"
    if isinstance(default, BaseModel):
        return "see below"
    value = default
    if isinstance(value, Mapping) and any(
        isinstance(item, BaseModel) for item in value.values()
    ):
        return "see below"
    if isinstance(value, tuple) and any(isinstance(i, BaseModel) for i in value):
        value = [i.model_dump(mode="json", exclude_none=True) for i in value]
    written = value if isinstance(value, str) else json.dumps(value)
    return f"`{_cell(written)}`"


def _title(pattern: Pattern) -> str:
    title = ""
    for part in pattern:
        if part == "*":
            title += ".NAME" if title == "upstreams" else "[]"
        else:
            title += f".{part}" if title else part
    return title


def _cell(value: str) -> str:
    return value.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(text())
