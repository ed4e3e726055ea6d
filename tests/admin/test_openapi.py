"""The description is that of the API: each operation is called and compared."""

from typing import Any

import pytest

from sidecar.admin.api import BODY
from sidecar.admin.openapi import OPERATIONS, openapi
from tests.admin.listeners import BEARER, TOKEN, Server

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {
    *("type", "properties", "required", "additionalProperties", "items"),
    *("minimum", "format", "enum", "$ref"),
}


def misfits(value, schema, at="$"):
    """Where `value` is not what `schema` says; the part of JSON Schema in use."""
    assert schema.keys() <= KNOWN
    if "$ref" in schema:
        return misfits(value, resolved(schema["$ref"]), at)
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not any(_is(value, name) for name in types):
        return [f"{at}: {value!r} is no {types}"]
    if isinstance(value, dict):
        return list(_in_members(value, schema, at))
    if isinstance(value, list):
        pairs = enumerate(value)
        return [
            x for n, item in pairs for x in misfits(item, schema["items"], f"{at}[{n}]")
        ]
    if isinstance(value, (int, float)) and value < schema.get("minimum", value):
        return [f"{at}: {value} is too small"]
    return []


def _in_members(value, schema, at):
    properties = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: no {name}"
    for name, member in value.items():
        if name not in properties and more is False:
            yield f"{at}: {name} is not described"
        elif name in properties or more is not True:
            yield from misfits(member, properties.get(name, more), f"{at}.{name}")


def resolved(reference):
    found: Any = openapi("0")
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def _is(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


@pytest.mark.parametrize(
    ("value", "schema", "count"),
    [
        ({"a": 1}, {"type": "object", "properties": {"a": {"type": "integer"}}}, 0),
        ({"a": "1"}, {"type": "object", "properties": {"a": {"type": "integer"}}}, 1),
        ({}, {"type": "object", "required": ["a"]}, 1),
        ({"b": 1}, {"type": "object", "additionalProperties": False}, 1),
        ([1, None], {"type": "array", "items": {"type": ["integer", "null"]}}, 0),
        ([True], {"type": "array", "items": {"type": "integer"}}, 1),
        (-1, {"type": "number", "minimum": 0}, 1),
    ],
)
def test_the_comparison_finds_misfits(value, schema, count):
    assert len(misfits(value, schema)) == count


PATHS: Any = openapi("0")["paths"]
EACH = pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, methods in PATHS.items() for method in methods],
)


@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(Server().admin(token=TOKEN))


def fits(response, described, document):
    content = described["responses"][str(response.status)]["content"]
    assert set(content) == {response.content_type}
    assert misfits(document, content[response.content_type]["schema"]) == []


SAID = {
    "/analyze": b'{"operation": "products", "duration": 20}',
    "/cache/purge": b'{"all": true}',
    "/breakers/{name}": b'{"state": "open"}',
}


@EACH
async def test_an_operation_answers_as_described(client, path, method):
    headers = BEARER | {"Content-Type": "application/json"}
    response = await client.request(
        method, path.format(name="app"), headers=headers, data=SAID.get(path)
    )
    assert response.status in (200, 202)
    fits(response, PATHS[path][method], await response.json())


AS_JSON = {"Content-Type": "application/json"}
REFUSED = [
    (401, {}, b""),
    (403, {"Host": "evil.example"}, b""),
    (400, BEARER | AS_JSON, b"["),
    (413, BEARER | AS_JSON, b" " * (BODY + 1)),
    (415, BEARER | {"Content-Type": "text/plain"}, b"{}"),
]
REFUSALS = [
    (path, method, *refused)
    for path, methods in PATHS.items()
    for method in methods
    for refused in (REFUSED if method == "post" else REFUSED[:2])
]


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda row: f"{row[:3]}")
async def test_a_refusal_is_described(client, refused):
    path, method, status, headers, content = refused
    response = await client.request(
        method, path.format(name="app"), headers=headers, data=content
    )
    assert response.status == status
    fits(response, PATHS[path][method], await response.json())


async def test_too_many_guesses_are_described(client):
    for number in range(11):
        wrong = {"Authorization": f"Bearer {number}"}
        response = await client.get("/stats", headers=wrong)
    assert response.status == 429
    fits(response, PATHS["/stats"]["get"], await response.json())


def test_the_document_and_the_list_agree():
    described = {
        (method.upper(), path) for path, methods in PATHS.items() for method in methods
    }
    assert described == {(one.method, one.path) for one in OPERATIONS}
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)


async def test_it_is_served_as_it_is(client):
    response = await client.get("/openapi.json", headers=BEARER)
    assert await response.json() == openapi("1.2.3")


@pytest.mark.parametrize(("name", "status"), [("products", 200), ("other", 404)])
async def test_a_duration_is_compared(client, name, status):
    headers, said = BEARER | AS_JSON, {"operation": name, "duration": 1.5}
    response = await client.post("/analyze", headers=headers, json=said)
    assert response.status == status
    fits(response, PATHS["/analyze"]["post"], await response.json())


@pytest.mark.parametrize(("name", "status"), [("app", 200), ("other", 404)])
async def test_a_circuit_is_held(client, name, status):
    headers = BEARER | AS_JSON
    response = await client.post(
        f"/breakers/{name}", headers=headers, data=b'{"state": "auto"}'
    )
    assert response.status == status
    fits(response, PATHS["/breakers/{name}"]["post"], await response.json())
