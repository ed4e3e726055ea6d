"""Workers: how many `workers: auto` means, and why, in one line.

As many as there are processors to run on, as the CPU limit rounded up, and as
memory has room for; at most `MOST`. Beside its application on an unlimited
machine a sidecar is a guest, and takes two.
"""

import math
from dataclasses import dataclass

from sidecar.units import Bytes

MOST = 8
# Nobody said what we may take, and the application next to us wants the rest.
GUEST = 2
# A worker with its buffers and a small first-level store.
ROOM: Bytes = 64 << 20
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to run on; None: no limit.

    affinity: processors we may run on. quota: processor time per time, 0.5 for
        half a processor. guest: all upstreams are on this machine.
    """

    affinity: int
    quota: float | None = None
    memory: Bytes | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Suitable:
    count: int
    reason: str


def workers(machine: Machine) -> Suitable:
    """Return how many workers suit `machine`."""
    bounds = [machine.affinity, MOST]
    facts = [f"affinity {machine.affinity}"]
    if machine.quota is not None:
        bounds.append(math.ceil(machine.quota))
        facts.insert(0, f"CPU limit {machine.quota:.4g}")
    elif machine.guest:
        bounds.append(GUEST)
        facts.append("no CPU limit next to the application")
    else:
        facts.append("no CPU limit")
    if machine.memory is not None:
        bounds.append(machine.memory // ROOM)
        facts.append(f"memory {machine.memory // _MIB} MiB")
    count = max(1, min(bounds))
    return Suitable(count, f"workers={count} ({', '.join(facts)})")
