"""OpenAPI: the description of the admin API, and the list it is served from.

`admin.api` routes exactly `OPERATIONS`; a test calls each and holds the answer
against its schema.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sidecar.admin.schemas import (
    ANALYSIS,
    ANYTHING,
    CIRCUIT,
    ENTRY,
    INDEX,
    NUMBER,
    PROBLEM,
    PURGE,
    RELOADED,
    SLOW,
    STATES,
    STATS,
    SWITCH,
    TEXT,
    Schema,
    by_name,
    each,
    members,
)

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
    takes: Schema = field(default_factory=lambda: members({}))
    """What a POST may be sent."""
    asks: tuple[str, ...] = ()
    """Parameters of the query; the first is needed."""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    """Other statuses of a good answer, and when they are given."""

    @property
    def name(self) -> str:
        path = re.sub(r"\W+", "_", self.path.partition("{")[0].strip("/"))
        return f"{self.method.lower()}_{path or 'index'}"


OPERATIONS: Final = (
    Operation("GET", "/", "What there is.", INDEX),
    Operation("GET", "/stats", "Totals, latency (ms), memory, connections.", STATS),
    Operation("GET", "/config", "The effective configuration, no secrets.", ANYTHING),
    Operation(
        "GET",
        "/explain",
        "What becomes of a request, and which line of the file says so.",
        ANYTHING,
        refusals={"400": "No URL, or a field without a colon."},
        asks=("url", "method", "header", "client"),
    ),
    Operation(
        "GET",
        "/slow",
        "Recent slow requests, the slowest first.",
        members({"requests": each(SLOW)}),
    ),
    Operation(
        "GET",
        "/cache/entries",
        "The most used of what is in memory.",
        members({"entries": each(ENTRY)}),
    ),
    Operation(
        "GET",
        "/breakers",
        "Circuits: their state, why, and what they count.",
        members({"breakers": each(CIRCUIT)}),
    ),
    Operation(
        "POST",
        "/breakers/{name}",
        "Hold a circuit open or closed; auto leaves it to itself again.",
        members({"name": TEXT, "state": TEXT}),
        refusals={"404": "There is no such circuit."},
        takes=members({"state": STATES}),
    ),
    Operation(
        "POST",
        "/analyze",
        "How a duration (ms) compares with what a route usually takes.",
        ANALYSIS,
        refusals={"404": "There is no such route."},
        takes=members({"operation": TEXT, "duration": NUMBER}),
    ),
    Operation("GET", "/openapi.json", "This description.", ANYTHING),
    Operation(
        "POST",
        "/cache/purge",
        "Let stored responses be stale (soft), or remove them.",
        members({"soft": SWITCH, "tiers": by_name(SWITCH)}),
        takes=PURGE,
        otherwise={"207": "Not all tiers were reached; those will be told later."},
    ),
    Operation(
        "POST",
        "/drain",
        "Stop being ready; finish what is in flight.",
        members({"draining": SWITCH}),
        status=202,
    ),
    Operation(
        "POST",
        "/config/reload",
        "Read the file anew and serve by it, all or nothing.",
        RELOADED,
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
            "schemas": {"Problem": PROBLEM},
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
    if "{" in operation.path:
        described["parameters"] = [
            {"name": "name", "in": "path", "required": True, "schema": TEXT}
        ]
    if operation.asks:
        described["parameters"] = [
            {"name": name, "in": "query", "required": not index, "schema": TEXT}
            for index, name in enumerate(operation.asks)
        ]
    if operation.method == "POST":
        refusals |= _REFUSED_CHANGES
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.takes}},
        }
    good = {"application/json": {"schema": operation.schema}}
    answers = {str(operation.status): operation.summary, **operation.otherwise}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    described["responses"] = {
        status: {"description": meaning, "content": good}
        for status, meaning in answers.items()
    } | {
        status: {
            "description": meaning,
            "content": {"application/problem+json": problem},
        }
        for status, meaning in sorted(refusals.items())
    }
    return described
