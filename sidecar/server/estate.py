"""Estate: what a child has from its parent."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sidecar.config.load import Loaded
from sidecar.server.heartbeats import Heartbeats
from sidecar.server.launch import Launch
from sidecar.server.listeners import Opened
from sidecar.server.shares import Shares
from sidecar.units import Instant


@dataclass(frozen=True, slots=True)
class Estate:
    """`loaded` is what is in effect at the time of the fork."""

    loaded: Loaded
    opened: Opened
    heartbeats: Heartbeats
    shares: Shares
    pseudonym: bytes
    began: Instant
    grounds: Path | None = None
    """A directory of all workers (`server.commons`)."""
    workers: int = 1
    secret: bytes = field(default=b"", repr=False)

    @classmethod
    def of(
        cls, launch: Launch, heartbeats: Heartbeats, pseudonym: bytes, began: Instant
    ) -> Self:
        """What all children have in common at the start."""
        return cls(
            launch.loaded,
            launch.opened,
            heartbeats,
            Shares(launch.workers, heartbeats),
            pseudonym,
            began,
            launch.grounds,
            launch.workers,
            launch.secret,
        )
