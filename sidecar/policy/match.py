"""Match: what a route asks of a request, and when one asks no more than another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.policy.host_pattern import patterns
from sidecar.policy.path_pattern import EVERYTHING, includes, segments

PRESENT = b"*"
"""Of a field: whatever its value."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must be like; None and empty: whatever it is.

    `host` is a name, or `*.name` for any depth below it; a port counts where
    the pattern has one. `fields` maps names to the value wanted, or to `*`:
    the field is there.
    """

    path: str | None = None
    methods: frozenset[bytes] | None = None
    host: bytes | None = None
    fields: Mapping[bytes, bytes] = field(default_factory=dict)


def covers(one: Match, other: Match) -> bool:
    """Whether `one` certainly fits every request that `other` fits.

    A route behind such a one is never reached. No means: not certain.
    """
    return (
        _covers_path(one.path, other.path)
        and _covers_methods(one.methods, other.methods)
        and _covers_host(one.host, other.host)
        and _covers_fields(one.fields, other.fields)
    )


def _covers_path(one: str | None, other: str | None) -> bool:
    if one is None or one == EVERYTHING:
        return True
    if other is None or other == EVERYTHING:
        return False
    return includes(segments(one), segments(other))


def _covers_methods(
    one: frozenset[bytes] | None, other: frozenset[bytes] | None
) -> bool:
    return one is None or (other is not None and other <= one)


def _covers_host(one: bytes | None, other: bytes | None) -> bool:
    if one is None:
        return True
    # A pattern, read as a host, fits each pattern that takes in all it takes in.
    return other is not None and one.lower() in {other.lower(), *patterns(other)}


def _covers_fields(one: Mapping[bytes, bytes], other: Mapping[bytes, bytes]) -> bool:
    asked = {name.lower(): value for name, value in other.items()}
    return all(
        name.lower() in asked and value in {PRESENT, asked[name.lower()]}
        for name, value in one.items()
    )
