"""Holding: what `POST /breakers/NAME` may be sent.

{"state": "open" | "closed" | "auto"}
"""

from dataclasses import dataclass
from typing import Final

from sidecar.admin.answers import told, wrong
from sidecar.policy.circuit import State

_STATES: Final = {"open": State.OPEN, "closed": State.CLOSED, "auto": None}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`state` None: it is left to itself."""

    word: str
    state: State | None


def wanted(content: bytes) -> Wanted:
    """Read what the circuit is to be.

    Raises:
        Problem: 400.
    """
    said = told(content)
    word = said.get("state") if isinstance(said, dict) and len(said) == 1 else None
    if not isinstance(word, str) or word not in _STATES:
        raise wrong('Send {"state": "open"}, "closed" or "auto".')
    return Wanted(word, _STATES[word])
