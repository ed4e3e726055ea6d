"""Fields: the kinds of value that settings have, as pydantic types.

Each kind parses what YAML gave, writes itself back as text in dumps, and tells
editors in the JSON Schema what it accepts. Nothing is converted silently: text is
not a number, and `yes` is not true.
"""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sidecar.config import addresses, quantities
from sidecar.config.quantities import shown
from sidecar.policy.trust import UNIX
from sidecar.telemetry.redaction import redacted

MOST = 1_000_000
"""More of anything that is counted is a typing mistake."""
MOST_WORKERS = 512
"""More processes, too: no machine has so many processors to spare."""


def _quantity(pattern: str, examples: list[str]) -> WithJsonSchema:
    text = {"type": "string", "pattern": pattern, "examples": examples}
    return WithJsonSchema(
        {"anyOf": [text, {"type": "number", "minimum": 0}, _VARIABLE]}
    )


_VARIABLE = {"type": "string", "pattern": r"\$\{.+\}"}
"""Editors see `${NAME}` before it is replaced."""

_DURATIONS = _quantity(quantities.DURATION_PATTERN, ["250ms", "30s", "5m"])


def _above_zero(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("a duration above 0 is needed here")
    return seconds


_write_duration = PlainSerializer(quantities.duration_text, str, when_used="json")
DurationOrZero = Annotated[
    float, PlainValidator(quantities.duration), _write_duration, _DURATIONS
]
Duration = Annotated[
    float,
    PlainValidator(quantities.duration),
    AfterValidator(_above_zero),
    _write_duration,
    _DURATIONS,
]


def _some(count: int) -> int:
    if count < 1:
        raise ValueError("a size above 0 is needed here")
    return count


Size = Annotated[
    int,
    PlainValidator(quantities.size),
    AfterValidator(_some),
    PlainSerializer(quantities.size_text, str, when_used="json"),
    _quantity(quantities.SIZE_PATTERN, ["64KiB", "10MiB", "1GiB"]),
]


def _rate(value: object) -> quantities.Rate:
    return value if isinstance(value, quantities.Rate) else quantities.rate(value)


RateValue = Annotated[
    quantities.Rate,
    PlainValidator(_rate),
    PlainSerializer(str, str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"{quantities.RATE_PATTERN}|\$\{{.+\}}",
            "examples": ["10/s", "100/15m"],
        }
    ),
]
Ratio = Annotated[
    float,
    PlainValidator(quantities.ratio),
    PlainSerializer(quantities.ratio_text, str, when_used="json"),
    _quantity(quantities.RATIO_PATTERN, ["50%", "0.5"]),
]


class _AlsoVariable:
    """`${NAME}` in the JSON Schema of what is neither text nor a quantity."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(core_schema), _VARIABLE]}


def _auto_or(most: int) -> tuple[PlainValidator, WithJsonSchema]:
    """How a number from 1 to `most`, or auto, is read and written."""

    def read(value: object) -> object:
        if value == "auto":
            return value
        if type(value) is not int:
            raise ValueError(f"a whole number or auto is needed, not {shown(value)}")
        if not 1 <= value <= most:
            raise ValueError(f"a number from 1 to {most} is needed, not {value}")
        return value

    number = {"type": "integer", "minimum": 1, "maximum": most}
    schema = {"anyOf": [{"enum": ["auto"]}, number, _VARIABLE]}
    return PlainValidator(read), WithJsonSchema(schema)


AutoOrCount = Annotated[int | Literal["auto"], *_auto_or(MOST)]
Workers = Annotated[int | Literal["auto"], *_auto_or(MOST_WORKERS)]

PERCENTILES = ("p50", "p90", "p95", "p99")


def _percentile_or_duration(value: object) -> object:
    return value if value in PERCENTILES else quantities.duration(value)


PercentileOrDuration = Annotated[
    str | float,
    PlainValidator(_percentile_or_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(PERCENTILES)},
                {"type": "string", "pattern": quantities.DURATION_PATTERN},
                {"type": "number", "minimum": 0},
                _VARIABLE,
            ]
        }
    ),
]


def status_range(value: str) -> str:
    """Check that `503` or `500-599` holds at least one; words hold none."""
    low, _, high = value.partition("-")
    if high and int(low) > int(high):
        raise ValueError(f"the range {shown(value)} is empty")
    return value


Switch = Annotated[bool, Strict(), _AlsoVariable()]
Whole = Annotated[int, Strict(), _AlsoVariable()]
Count = Annotated[int, Strict(), Field(ge=1, le=MOST), _AlsoVariable()]
Status = Annotated[int, Strict(), Field(ge=200, le=599), _AlsoVariable()]
Text = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=4096)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Mode = Literal["enforce", "observe"]

_ADDRESS = {
    "type": "string",
    "examples": ["0.0.0.0:8080", "[::]:8080", "unix:/run/sidecar.sock"],
}
_URL = {"type": "string", "examples": ["http://127.0.0.1:3000", "unix:/run/app.sock"]}
ListenAddress = Annotated[
    addresses.Listen,
    PlainValidator(addresses.listen),
    PlainSerializer(str, str, when_used="json"),
    WithJsonSchema(_ADDRESS),
]
EndpointUrl = Annotated[
    addresses.Endpoint,
    PlainValidator(addresses.endpoint),
    PlainSerializer(str, str, when_used="json"),
    WithJsonSchema(_URL),
]


KeySetUrl = Annotated[
    str,
    Strict(),
    AfterValidator(addresses.web_address),
    PlainSerializer(lambda url: redacted(url.encode()).decode(), str, when_used="json"),
]


def _cidr(value: object) -> str:
    return UNIX if value == UNIX else str(addresses.network(value))


Cidr = Annotated[
    str,
    PlainValidator(_cidr),
    WithJsonSchema({"type": "string", "examples": ["10.0.0.0/8", "::1", UNIX]}),
]
