"""Explanation: what becomes of one request, by the configuration alone.

Made of the decisions that serve requests: there is no second opinion here. What only
an answer, a counter or a clock decides is told as a condition. Without secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.config import policies
from sidecar.config.load import Loaded
from sidecar.config.quantities import size_text
from sidecar.config.schema_policies import Compression
from sidecar.explain.asked import Asked
from sidecar.explain.guarding import Guarding, guarding
from sidecar.explain.selecting import Selecting, selecting
from sidecar.explain.settings import Setting, settings, source
from sidecar.explain.storing import Storing, storing
from sidecar.explain.user import User, user
from sidecar.policy.compression import Skipped
from sidecar.policy.misfits import Misfit, misfits
from sidecar.policy.routing import Router

MOST_OTHERS = 1000
"""Routes that lost and are told of."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The route that is taken; `index` is its place in the file, from 0."""

    name: str
    index: int
    source: str


@dataclass(frozen=True, slots=True)
class Other:
    """A route that is not taken: for its misfits, or because it comes `later`."""

    name: str
    index: int
    source: str
    misfits: tuple[Misfit, ...]
    later: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    name: str
    urls: tuple[str, ...]
    host: str


@dataclass(frozen=True, slots=True)
class Coding:
    """`coding`: what the client would get; None: for the reason `skipped`, or because
    compression is `off`. A response is worth it from `min_size`, in one of the `types`.
    """

    coding: str | None
    skipped: str | None
    min_size: str | None
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    route: Chosen
    others: tuple[Other, ...]
    upstream: Upstream
    user: User
    guarding: Guarding
    storing: Storing
    compression: Coding
    fields: Selecting | None
    settings: tuple[Setting, ...]


def explanation(loaded: Loaded, asked: Asked) -> Explanation:
    config = loaded.config
    matches = [policies.match(section.match) for section in config.routes]
    found = Router(matches).match(asked.request)
    index = len(config.routes) - 1 if found is None else found
    section = config.routes[index]
    who = user(config.identity, asked)
    upstream = config.upstreams[section.upstream or ""]
    guards = guarding(config, section, asked, who)
    if guards.upgrade is None:
        asked.request.upgrade = None  # as for whoever serves it: a plain request
    coding = _coding(section.compression, asked)
    fields = selecting(section.fields, asked)
    return Explanation(
        route=Chosen(section.name, index, source(loaded, "routes", index)),
        others=tuple(_others(loaded, asked, index)),
        upstream=Upstream(
            section.upstream or "", tuple(map(str, upstream.url)), upstream.host
        ),
        user=who,
        guarding=guards,
        storing=storing(config, section, asked),
        compression=coding,
        fields=fields,
        settings=tuple(settings(loaded, index)),
    )


def _others(loaded: Loaded, asked: Asked, taken: int) -> Iterator[Other]:
    """Those before the one that is taken first, for they say why it is not them."""
    for index, section in enumerate(loaded.config.routes[: MOST_OTHERS + 1]):
        if index != taken:
            yield Other(
                section.name,
                index,
                source(loaded, "routes", index),
                misfits(policies.match(section.match), asked.request),
                later=index > taken,
            )


def _coding(section: Compression | None, asked: Asked) -> Coding:
    if section is None or not section.encodings:
        return Coding(None, Skipped.OFF, None, ())
    chosen = policies.compression(section).choice(asked.request.values)
    least = size_text(section.min_size)
    if isinstance(chosen, Skipped):
        return Coding(None, chosen, least, section.types)
    return Coding(chosen.decode(), None, least, section.types)
