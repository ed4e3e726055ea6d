"""Outliers: endpoints of one upstream are compared, and the worse ones left out."""

from collections.abc import Sequence
from functools import partial

from sidecar.policy.ejection import Ejection
from sidecar.units import Instant
from sidecar.upstream.endpoint import Endpoint


def compare(endpoints: Sequence[Endpoint]) -> None:
    """Let each learn how it does beside the others; one alone has none."""
    if len(endpoints) < 2:  # noqa: PLR2004
        return
    ejection = Ejection(len(endpoints))
    for index, endpoint in enumerate(endpoints):
        endpoint.learn = partial(_learn, ejection, index)


def _learn(ejection: Ejection, index: int, now: Instant, failed: bool) -> Instant:  # noqa: FBT001
    ejection.note(index, now, failed=failed)
    return ejection.until(index)
