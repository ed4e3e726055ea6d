"""Pooled: what several workers said, as one answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sidecar.policy.readiness import UpstreamState
from sidecar.storage.listing import MOST_SHOWN, Shown, merged
from sidecar.telemetry.slow_log import KEEP, SlowRequest


def upstreams(said: Iterable[Sequence[UpstreamState]]) -> Sequence[UpstreamState]:
    """An upstream that any worker reaches is one that can be reached."""
    found: dict[str, UpstreamState] = {}
    for state in chain.from_iterable(said):
        known = found.get(state.name)
        found[state.name] = _either(known, state) if known else state
    return list(found.values())


def slow(answers: Mapping[str, Sequence[SlowRequest]]) -> Sequence[SlowRequest]:
    """Return the slowest of all."""
    every = chain.from_iterable(answers.values())
    return sorted(every, key=lambda slow: -slow.duration_ms)[:KEEP]


def entries(answers: Mapping[str, Sequence[Shown]]) -> Sequence[Shown]:
    """Return the most used of what any has in memory."""
    return merged(chain.from_iterable(answers.values()), MOST_SHOWN)


def purged(
    answers: Mapping[str, Mapping[str, bool]], workers: Collection[str]
) -> Mapping[str, bool]:
    """By tier, whether all reached it; a worker that did not answer has a memory."""
    found = {"memory": all(name in answers for name in workers)}
    for tier in dict.fromkeys(chain.from_iterable(answers.values())):
        reached = all(one.get(tier, True) for one in answers.values())
        found[tier] = reached and found.get(tier, True)
    return found


def _either(one: UpstreamState, other: UpstreamState) -> UpstreamState:
    better = one if one.healthy >= other.healthy else other
    return replace(better, contacted=one.contacted or other.contacted)
