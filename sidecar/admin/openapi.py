"""OpenAPI: the description of the admin API, and the list it is served from.

`admin.api` routes exactly `OPERATIONS`; a test calls each and holds the answer
against its schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Schema = dict[str, object]

_REFUSALS: Final = {
    "401": "No token, or a wrong one.",
    "403": "A foreign Host or Origin.",
    "429": "Too many wrong tokens.",
}
_REFUSED_CHANGES: Final = {
    "400": "Not what the operation takes.",
    "413": "The body is too large.",
    "415": "The content is not JSON.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does; `schema` describes its good answer."""

    method: str
    path: str
    summary: str
    schema: Schema
    status: int = 200
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        path = self.path.strip("/").replace("/", "_")
        return f"{self.method.lower()}_{path or 'index'}"


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
_NUMBER_OR_NULL: Final[Schema] = {"type": ["number", "null"], "minimum": 0}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}

_NUMBERS: Final[dict[str, Schema]] = {
    "requests": _COUNT,
    "errors": _COUNT,
    "in_flight": _COUNT,
    "avg": _NUMBER_OR_NULL,
    "p50": _NUMBER_OR_NULL,
    "p95": _NUMBER_OR_NULL,
    "p99": _NUMBER_OR_NULL,
}
_STATS: Final = _object(
    {
        "version": _TEXT,
        "uptime": _NUMBER,
        **_NUMBERS,
        "active_connections": _COUNT,
        "memory": _object({"resident": _COUNT, "proportional": _COUNT}),
        "loop_lag": _object({"max": _NUMBER, "p99": _NUMBER}),
        "workers": _COUNT,
        "by_worker": _map(
            _object(
                {"active_connections": _COUNT, "memory": _COUNT, "loop_lag": _NUMBER}
            )
        ),
        "generation": _COUNT,
        "upstreams": _map(_map(_COUNT)),
        "routes": _map(_object(_NUMBERS)),
        "recommendations": _list(_TEXT),
    }
)
_SLOW: Final = _object(
    {
        "timestamp": _TIME,
        "method": _TEXT,
        "target": _TEXT,
        "route": _TEXT,
        "status": {"type": "integer"},
        "duration_ms": _NUMBER,
        "queue_ms": _NUMBER_OR_NULL,
        "connect_ms": _NUMBER_OR_NULL,
        "first_byte_ms": _NUMBER_OR_NULL,
        "body_ms": _NUMBER_OR_NULL,
        "bytes_out": _COUNT,
        "upstream": _TEXT_OR_NULL,
        "endpoint": _TEXT_OR_NULL,
        "attempts": _COUNT,
        "error": _TEXT_OR_NULL,
        "request_id": _TEXT,
        "trace_id": _TEXT,
    }
)
_INDEX: Final = _object(
    {
        "name": _TEXT,
        "version": _TEXT,
        "operations": _list(
            _object({"method": _TEXT, "path": _TEXT, "summary": _TEXT})
        ),
    }
)
_PROBLEM: Final[Schema] = {
    **_object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "code": _TEXT}
    ),
    # A reload says what is wrong with the file.
    "additionalProperties": True,
}
_RELOADED: Final = _object(
    {"result": _TEXT, "generation": _COUNT, "needs_restart": _list(_TEXT)}
)
_ANYTHING: Final[Schema] = {"type": "object"}

OPERATIONS: Final = (
    Operation("GET", "/", "What there is.", _INDEX),
    Operation("GET", "/stats", "Totals, latency (ms), memory, connections.", _STATS),
    Operation("GET", "/config", "The effective configuration, no secrets.", _ANYTHING),
    Operation(
        "GET",
        "/slow",
        "Recent slow requests, the slowest first.",
        _object({"requests": _list(_SLOW)}),
    ),
    Operation("GET", "/openapi.json", "This description.", _ANYTHING),
    Operation(
        "POST",
        "/drain",
        "Stop being ready; finish what is in flight.",
        _object({"draining": {"type": "boolean"}}),
        status=202,
    ),
    Operation(
        "POST",
        "/config/reload",
        "Read the file anew and serve by it, all or nothing.",
        _RELOADED,
        refusals={"422": "The file has mistakes, or a worker cannot serve by it."},
    ),
)


def openapi(version: str) -> dict[str, object]:
    """Return the document, OpenAPI 3.1."""
    paths: dict[str, dict[str, object]] = {}
    for operation in OPERATIONS:
        described = paths.setdefault(operation.path, {})
        described[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sidecar admin API", "version": version},
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # Without a token in the file nobody is asked for one.
        "security": [{"token": []}, {}],
    }


def _described(operation: Operation) -> dict[str, object]:
    refusals = {**_REFUSALS, **operation.refusals}
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
    }
    if operation.method == "POST":
        refusals |= _REFUSED_CHANGES
        nothing = {"type": "object", "additionalProperties": False}
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": nothing}},
        }
    good = {
        "description": operation.summary,
        "content": {"application/json": {"schema": operation.schema}},
    }
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    described["responses"] = {str(operation.status): good} | {
        status: {
            "description": meaning,
            "content": {"application/problem+json": problem},
        }
        for status, meaning in sorted(refusals.items())
    }
    return described
