"""Renderings: what becomes of each route's responses, from its configuration."""

from dataclasses import dataclass, field

from sidecar.coding.levels import WORDS, Levels
from sidecar.config import policies, schema_policies, schema_routes
from sidecar.policy.pressure import Pressure
from sidecar.policy.validation import Validation
from sidecar.proxy.coder import Coder, Streams
from sidecar.proxy.lightening import Lightening
from sidecar.proxy.rendering import AS_IT_IS, Rendering
from sidecar.proxy.selecting import Selecting
from sidecar.proxy.tally import Tally
from sidecar.proxy.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Shop:
    """What the renderings of one worker share."""

    pressure: Pressure
    workshop: Workshop = field(default_factory=Workshop)
    streams: Streams = field(default_factory=Streams)


def rendering(section: schema_routes.Route, shop: Shop, tally: Tally) -> Rendering:
    compression, conditional = section.compression, section.conditional
    if compression is None and conditional is None and section.fields is None:
        return AS_IT_IS
    return Lightening(
        compression=policies.compression(compression),
        validation=None
        if conditional is None
        else Validation(makes=conditional.etag, max_size=conditional.max_size),
        selecting=_selecting(section.fields),
        coder=Coder(
            _levels(compression),
            shop.pressure,
            shop.streams,
            0 if compression is None else compression.padding,
        ),
        workshop=shop.workshop,
        tally=tally,
    )


def _levels(section: schema_policies.Compression | None) -> Levels:
    if section is None:
        return WORDS["fast"]
    level = section.level
    if isinstance(level, str):
        return WORDS[level]
    return Levels(gzip=level.gzip, br=level.br, zstd=level.zstd)


def _selecting(section: schema_policies.Selection | None) -> Selecting | None:
    if section is None:
        return None
    return Selecting(
        parameter=section.parameter.encode(),
        envelope=section.envelope,
        max_size=section.max_size,
        strict=section.strict,
        passes=section.pass_,
    )
