"""Machine: how many workers this one is good for, where the file says `auto`."""

import os
from collections.abc import Iterable
from ipaddress import ip_address

from sidecar.policy.workers import Machine, Suitable, workers
from sidecar.telemetry.cgroup import Cgroup
from sidecar.upstream.endpoint import Address


def suitable(
    limits: Cgroup, upstreams: Iterable[str], affinity: int | None = None
) -> Suitable:
    """Return how many workers `auto` means here, and the line that says why.

    upstreams: their URLs; where all are on this machine we are a guest on it.
    """
    return workers(
        Machine(
            affinity=affinity or processors(),
            quota=limits.quota,
            memory=limits.memory,
            guest=all(_is_near(Address.parse(url)) for url in upstreams),
        )
    )


def processors() -> int:
    """How many processors we may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every platform
        return os.cpu_count() or 1


def _is_near(address: Address) -> bool:
    if address.path is not None or address.host == "localhost":
        return True
    try:
        return ip_address(address.host).is_loopback
    except ValueError:
        return False
