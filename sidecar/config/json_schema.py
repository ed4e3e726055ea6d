"""JSON Schema: what editors complete and check, from the same models.

It accepts what `load` accepts; what only a check across keys shows, it cannot.
"""

import json
from typing import cast

from sidecar.config.schema import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Configuration of the sidecar"
# Sections that merge: what is required may stand in `defaults`, or the other way.
_MERGED = ("RateLimit", "SlowCall", "Concurrency")


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, object]:
    found = cast("dict[str, object]", _without_titles(Config.model_json_schema()))
    definitions = cast("dict[str, dict[str, object]]", found["$defs"])
    for name in _MERGED:
        definitions[name].pop("required", None)
    return {"$schema": DIALECT, "title": TITLE, **found}


def _without_titles(value: object, *, named: bool = False) -> object:
    """Pydantic's titles repeat the keys; `named`: the keys here are names."""
    if isinstance(value, dict):
        return {
            key: _without_titles(item, named=key in ("properties", "$defs"))
            for key, item in value.items()
            if named or key != "title"
        }
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    return value
