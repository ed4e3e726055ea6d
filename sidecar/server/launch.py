"""Launch: what a sidecar is started with, as one process or as many."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_bytes

from sidecar.config.load import Loaded
from sidecar.config.watch import Unwatched, Watch
from sidecar.server.listeners import Opened
from sidecar.server.reloads import Read


@dataclass(frozen=True, slots=True)
class Launch:
    loaded: Loaded
    read: Read
    watch: Watch | Unwatched
    opened: Opened
    workers: int = 1
    grounds: Path | None = None
    """A directory of all workers (`server.commons`)."""
    secret: bytes = field(default_factory=partial(token_bytes, 32), repr=False)
    """Keys the hashes of identities, for all workers alike."""
