"""Targeted: Cache-Control that is meant for caches like us, and for us alone.

RFC 9213. The first field of the list that is there, valid and not empty wins;
Cache-Control and Expires then mean nothing to us. They go on to the client all
the same, for its own caches.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sidecar.semantics.cache_control import (
    DELTAS,
    FLAGS,
    LONGEST,
    QUALIFIED,
    CacheControl,
    cache_control,
    field_names,
)
from sidecar.semantics.structured import Member, dictionary
from sidecar.units import Seconds

OWN, CDN = b"sidecar-cache-control", b"cdn-cache-control"
TARGETS = (OWN, CDN)


class Directives(NamedTuple):
    """What holds for us; `targeted`: Expires and Pragma mean nothing."""

    control: CacheControl
    targeted: bool


def directives(values: Mapping[bytes, bytes]) -> Directives:
    """The directives of a response that hold for us (§2.2)."""
    for target in TARGETS:
        if target in values and (members := dictionary(values[target])):
            return Directives(_control(members), targeted=True)
    return Directives(cache_control(values.get(b"cache-control")), targeted=False)


def _control(members: Mapping[bytes, Member]) -> CacheControl:
    said: dict[str, object] = {}
    for name, value in members.items():
        if name in DELTAS:
            said[DELTAS[name]] = _seconds(value)
        elif name in FLAGS:
            said[FLAGS[name]] = value is not False
        elif name in QUALIFIED:
            names = _names(value)
            said[QUALIFIED[name] + ("_fields" if names else "")] = names or (
                value is not False
            )
    return CacheControl(**said)  # type: ignore[arg-type]  # by name


def _seconds(value: Member) -> Seconds:
    """A number of seconds; 0 for what is none, as in `cache_control`."""
    if type(value) is not int:
        return 0.0
    return max(0.0, min(float(value), LONGEST))


def _names(value: Member) -> frozenset[bytes]:
    values = value if isinstance(value, tuple) else (value,)
    return field_names(b",".join([one for one in values if isinstance(one, bytes)]))
