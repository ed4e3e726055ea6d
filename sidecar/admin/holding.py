"""Holding: what `POST /breakers/NAME` may be sent.

{"state": "open" | "closed" | "auto"}
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from sidecar.admin.answers import Problem
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
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    word = said.get("state") if isinstance(said, dict) and len(said) == 1 else None
    if not isinstance(word, str) or word not in _STATES:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "bad_request",
            'Send {"state": "open"}, "closed" or "auto".',
        )
    return Wanted(word, _STATES[word])
