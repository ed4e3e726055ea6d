"""Schemas: of what the admin API answers and takes, in JSON Schema's words."""

from typing import Final

Schema = dict[str, object]


def members(properties: dict[str, Schema], *, optional: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [] if optional else list(properties),
        "additionalProperties": False,
    }


def by_name(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def each(items: Schema) -> Schema:
    return {"type": "array", "items": items}


TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
NUMBER_OR_NULL: Final[Schema] = {"type": ["number", "null"], "minimum": 0}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}

NUMBERS: Final[dict[str, Schema]] = {
    "requests": COUNT,
    "errors": COUNT,
    "in_flight": COUNT,
    "avg": NUMBER_OR_NULL,
    "p50": NUMBER_OR_NULL,
    "p95": NUMBER_OR_NULL,
    "p99": NUMBER_OR_NULL,
}
STATS: Final = members(
    {
        "version": TEXT,
        "uptime": NUMBER,
        **NUMBERS,
        "active_connections": COUNT,
        "memory": members({"resident": COUNT, "proportional": COUNT}),
        "loop_lag": members({"max": NUMBER, "p99": NUMBER}),
        "workers": COUNT,
        "by_worker": by_name(
            members({"active_connections": COUNT, "memory": COUNT, "loop_lag": NUMBER})
        ),
        "generation": COUNT,
        "upstreams": by_name(by_name(COUNT)),
        "routes": by_name(members(NUMBERS)),
        "recommendations": each(TEXT),
    }
)
ANALYSIS: Final = members(
    {
        "operation": TEXT,
        "duration": NUMBER,
        **NUMBERS,
        "not_slower": NUMBER_OR_NULL,
        "verdict": {
            "type": "string",
            "enum": ["unknown", "usual", "slow", "exceptional"],
        },
        "recommendations": each(TEXT),
    }
)
SLOW: Final = members(
    {
        "timestamp": TIME,
        "method": TEXT,
        "target": TEXT,
        "route": TEXT,
        "status": {"type": "integer"},
        "duration_ms": NUMBER,
        "queue_ms": NUMBER_OR_NULL,
        "connect_ms": NUMBER_OR_NULL,
        "first_byte_ms": NUMBER_OR_NULL,
        "body_ms": NUMBER_OR_NULL,
        "bytes_out": COUNT,
        "upstream": TEXT_OR_NULL,
        "endpoint": TEXT_OR_NULL,
        "attempts": COUNT,
        "error": TEXT_OR_NULL,
        "request_id": TEXT,
        "trace_id": TEXT,
    }
)
INDEX: Final = members(
    {
        "name": TEXT,
        "version": TEXT,
        "operations": each(members({"method": TEXT, "path": TEXT, "summary": TEXT})),
    }
)
PROBLEM: Final[Schema] = {
    **members(
        {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT}
    ),
    # A reload says what is wrong with the file.
    "additionalProperties": True,
}
RELOADED: Final = members(
    {"result": TEXT, "generation": COUNT, "needs_restart": each(TEXT)}
)
ANYTHING: Final[Schema] = {"type": "object"}
SWITCH: Final[Schema] = {"type": "boolean"}
PURGE: Final = members(
    {
        "urls": each(TEXT),
        "tags": each(TEXT),
        "patterns": each(TEXT),
        "all": SWITCH,
        "soft": SWITCH,
    },
    optional=True,
)
STATES: Final[Schema] = {"type": "string", "enum": ["open", "closed", "auto"]}
CIRCUIT: Final = members(
    {
        "name": TEXT,
        "state": TEXT,
        "held": SWITCH,
        "reason": TEXT_OR_NULL,
        "left": NUMBER_OR_NULL,
        "relapses": COUNT,
        "requests": COUNT,
        "failed": COUNT,
        "slow": COUNT,
        "probing": COUNT,
        "changes": each(
            members(
                {
                    "ago": NUMBER,
                    "state": TEXT,
                    "reason": TEXT,
                    "requests": COUNT,
                    "failed": COUNT,
                    "slow": COUNT,
                }
            )
        ),
    }
)
ENTRY: Final = members(
    {
        "url": TEXT,
        "status": COUNT,
        "age": NUMBER,
        "left": {"type": "number"},
        "size": COUNT,
        "hits": COUNT,
        "tags": each(TEXT),
        "codings": each(TEXT),
        "private": SWITCH,
    }
)
