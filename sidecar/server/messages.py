"""Messages: what the processes of one sidecar say to each other.

    parent ─▶ worker   Prepare Commit Discard · Draining Leave Hurry · Ask
    worker ─▶ parent   Ready Failed · Prepared Committed · Standing Scarce · Answer
    desk   ─▶ parent   Ready · AskAll · WantReload WantDrain
    parent ─▶ desk     News · Told · Reloaded · Leave

The desk is the process of the health and the admin listener.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.config.load import Loaded
from sidecar.policy.readiness import UpstreamState
from sidecar.server.reloads import Outcome, Reloads


@dataclass(frozen=True, slots=True)
class Ready:
    """The child does its work."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The child cannot start, and ends."""

    why: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make ready what `loaded` says, and change nothing yet."""

    attempt: int
    loaded: bytes
    """Pickled: to unpickle a long one takes its time, and a thread."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`fault`: why it cannot be done; empty: it can."""

    attempt: int
    fault: str


@dataclass(frozen=True, slots=True)
class Commit:
    """From now on serve by what was prepared."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Committed:
    """Every request that begins from now on is served so."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Discard:
    """Forget what was prepared."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Draining:
    """Tell clients that connections end, and keep accepting."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Drain to the end and exit. `grace` false: nobody watches our readiness."""

    grace: bool


@dataclass(frozen=True, slots=True)
class Hurry:
    """Exit at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to one worker; `number` comes back with the answer."""

    number: int
    question: str
    about: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of an answer are put together by who asked."""

    number: int
    content: object


@dataclass(frozen=True, slots=True)
class AskAll:
    """The same to all workers that are ready."""

    number: int
    question: str
    about: object = None


@dataclass(frozen=True, slots=True)
class Told:
    """One worker's answer, for who asked them all."""

    number: int
    worker: str
    content: object


@dataclass(frozen=True, slots=True)
class Standing:
    """How a worker finds its upstreams; sent when that changes."""

    upstreams: tuple[UpstreamState, ...]


@dataclass(frozen=True, slots=True)
class Scarce:
    """A worker has little memory left: another should take over."""


@dataclass(frozen=True, slots=True)
class WantReload:
    number: int


@dataclass(frozen=True, slots=True)
class WantDrain:
    pass


@dataclass(frozen=True, slots=True)
class Members:
    """The workers as the parent sees them: pids by name of those that are ready."""

    size: int
    ready: Mapping[str, int]
    restarts: Mapping[str, int]
    """Since the start, by reason (`policy.restarts.Ending`)."""
    draining: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What changed for the desk; `standing` by worker."""

    members: Members
    standing: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The end of a reload; `loaded` where there is a new configuration."""

    reloads: Reloads
    outcome: Outcome
    loaded: Loaded | None
    numbers: tuple[int, ...] = ()
    """Of the `WantReload`s that this answers."""


ToWorker = Prepare | Commit | Discard | Draining | Leave | Hurry | Ask
ToDesk = News | Told | Reloaded | Leave
FromChild = (
    Ready
    | Failed
    | Standing
    | Scarce
    | Prepared
    | Committed
    | Answer
    | AskAll
    | WantReload
    | WantDrain
)
