"""Schema of what becomes of responses: compression and JSON field selection."""

from typing import Annotated, Literal

from pydantic import Field

from sidecar.config.fields import (
    Size,
    Switch,
    Text,
    Whole,
)
from sidecar.config.http_fields import FieldName, MediaRange
from sidecar.config.sections import (
    BY_SHAPE,
    MAPPING,
    VALUE,
    Section,
    Switchable,
    written,
)

Coding = Literal["zstd", "br", "gzip"]


class Levels(Section):
    """A level for each coding, as its library counts."""

    gzip: Whole = Field(default=6, ge=0, le=9, description="0 to 9.")
    br: Whole = Field(default=5, ge=0, le=11, description="0 to 11.")
    zstd: Whole = Field(default=3, ge=-7, le=22, description="-7 to 22.")


Level = Annotated[
    Annotated[Literal["fast", "balanced", "best"], VALUE] | Annotated[Levels, MAPPING],
    BY_SHAPE,
]


class Compression(Section):
    """Compress responses for clients that accept it."""

    min_size: Size = Field(
        default=written("1KiB"),
        description="Smaller ones stay as they are.",
    )
    encodings: tuple[Coding, ...] = Field(
        default=("zstd", "br", "gzip"),
        description="Preference where the client's q values are equal.",
    )
    level: Level = Field(
        default="balanced",
        description="fast, balanced, best, or a level for each coding.",
    )
    types: tuple[MediaRange, ...] = Field(
        default=(
            "text/*",
            "application/json",
            "application/*+json",
            "application/xml",
            "application/*+xml",
            "application/javascript",
            "image/svg+xml",
            "application/wasm",
        ),
        description="Media types worth it.",
    )
    opt_out: FieldName = Field(
        default="x-no-compression",
        description="A request with this field gets the response as it is.",
    )
    credentials: Switch = Field(
        default=True,
        description="false: not for requests with Cookie or Authorization (BREACH).",
    )
    padding: Whole = Field(
        default=32,
        ge=0,
        le=256,
        description="Most random bytes added to answers to requests with Cookie or"
        " Authorization; 0: none.",
    )
    refine: Switch = Field(
        default=True,
        description="Make popular stored bodies much smaller when there is time.",
    )
    remember: Switchable[Size] = Field(
        default=written("4MiB"),
        description="Compress a body that is not stored only once while it comes again"
        " and again: each worker remembers so much of what it compressed, the most"
        " that one of its routes says; off: not here.",
    )


class Selection(Section):
    """Send only the JSON fields that the client asks for."""

    parameter: Text = Field(default="fields", description="Query parameter.")
    envelope: Text | None = Field(
        default=None,
        description="Key whose value is the answer, instead of the whole around it.",
    )
    max_size: Size = Field(
        default=written("1MiB"),
        description="Larger responses stay as they are.",
    )
    strict: Switch = Field(
        default=False,
        description="true: 400 where the expression cannot be read.",
    )
    pass_: Switch = Field(
        default=False,
        alias="pass",
        description="true: the upstream gets the parameter, too.",
    )
