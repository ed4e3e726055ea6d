"""Renderings: what becomes of each route's responses, from its configuration."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from sidecar.coding.levels import WORDS, Levels
from sidecar.config import policies, schema_cache, schema_policies, schema_routes
from sidecar.policy.pressure import Pressure
from sidecar.policy.validation import Validation
from sidecar.proxy.coder import Coder, Streams
from sidecar.proxy.lightening import Lightening
from sidecar.proxy.remembered import UNREMEMBERED, Remembered
from sidecar.proxy.rendering import AS_IT_IS, Rendering
from sidecar.proxy.selecting import Selecting
from sidecar.proxy.tally import Counting, Tally, Uncompressed
from sidecar.proxy.workshop import Workshop
from sidecar.server.kept import Kept
from sidecar.units import Bytes


@dataclass(frozen=True, slots=True)
class Shop:
    """What the renderings of one worker share."""

    pressure: Pressure
    workshop: Workshop = field(default_factory=Workshop)
    streams: Streams = field(default_factory=Streams)
    remembered: Remembered = field(default_factory=Remembered)
    kept: Kept = field(default_factory=Kept)
    """Of the configuration that is being made."""

    def coder(self, levels: Levels, padding: Bytes, *, remembers: bool) -> Coder:
        """The same for all routes that say the same."""
        forms = self.remembered if remembers else UNREMEMBERED

        def make() -> Coder:
            return Coder(levels, self.pressure, self.streams, padding, forms)

        return self.kept.keep(("coder", levels, padding, remembers), make)


def rendering(section: schema_routes.Route, shop: Shop, tally: Tally) -> Rendering:
    compression, conditional = section.compression, section.conditional
    if compression is None and conditional is None and section.fields is None:
        return AS_IT_IS
    rules = policies.compression(compression)
    return Lightening(
        compression=rules,
        validation=_validation(conditional),
        selecting=_selecting(section.fields),
        coder=shop.coder(
            _levels(compression),
            0 if compression is None else compression.padding,
            remembers=_remembers(compression) > 0,
        ),
        workshop=shop.workshop,
        tally=Counting(tally if rules.codings else Uncompressed(tally), shop.pressure),
    )


def remembers(sections: Iterable[schema_routes.Route]) -> Bytes:
    """What a worker remembers for all of its routes: the most that one of them says."""
    return max(_remembers(section.compression) for section in sections)


def _remembers(section: schema_policies.Compression | None) -> Bytes:
    return 0 if section is None else section.remember or 0


@lru_cache(policies.REMEMBERED)
def _validation(section: schema_cache.Conditional | None) -> Validation | None:
    if section is None:
        return None
    return Validation(makes=section.etag, max_size=section.max_size)


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
