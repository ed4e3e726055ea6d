from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sidecar.config import json_schema
from sidecar.config.document import parse

ROOT = Path(__file__).parents[2]
SCHEMA: Any = json_schema.schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_shipped_schema_is_not_stale():
    shipped = (ROOT / "config/sidecar.schema.json").read_text()
    assert shipped == json_schema.text(), (
        "run: sidecar schema > config/sidecar.schema.json"
    )


def test_it_is_a_schema():
    VALIDATOR.check_schema(SCHEMA)


def data(text):
    return parse(text.encode(), "f", {}).data


@pytest.mark.parametrize("file", sorted((ROOT / "config").glob("*.yaml")), ids=str)
def test_shipped_files_fit(file):
    VALIDATOR.validate(data(file.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "listen: [':1', 'unix:/x']",
        "defaults: {cache: off, breaker: false, retry: null, upgrade: off}",
        "defaults: {slow: 5, timeouts: {request: 1m30s}}",
        "limits: {body: 10MiB, connections: 5}",
        "routes: [{name: a, rate_limit: {burst: 5}, cache: {ttl: 5m}}]",
        "routes: [{name: a, rate_limit: [{rate: 1/s}, {rate: 100/15m}]}]",
        "upstreams: {a: {url: [http://a, http://b]}, b: null}",
        "defaults: {compression: {level: {gzip: 9}}, cache: {key: {query: {except: [a]}}}}",
        "defaults:\nhealth:\nroutes: []",
        "workers: auto",
    ],
)
def test_editors_accept_what_load_understands(text):
    VALIDATOR.validate(data(text))


@pytest.mark.parametrize(
    "text",
    [
        "listne: 1",
        "workers: many",
        "defaults: {slow: 5 minutes}",
        "routes: [{slow: 1s}]",
        "health: {readiness: folow}",
        "limits: {head: 1kib}",
        "defaults: {cache: yes}",
    ],
)
def test_editors_refuse_what_load_refuses(text):
    assert not VALIDATOR.is_valid(data(text))


def test_every_key_has_a_description():
    for name, definition in [("the file", SCHEMA), *SCHEMA["$defs"].items()]:
        assert definition.get("description"), name
        for key, entry in definition.get("properties", {}).items():
            assert entry.get("description"), f"{name}.{key}"
