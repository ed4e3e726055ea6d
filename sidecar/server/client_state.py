"""Client state: where a client's connection is in its life.

FRESH ─▶ HEAD ─▶ BUSY ─▶ IDLE ─▶ HEAD …      BUSY ─▶ TUNNEL
any of them ─▶ ENDING ─▶ CLOSED
"""

from enum import Enum, auto
from typing import Final


class State(Enum):
    FRESH = auto()
    HEAD = auto()
    BUSY = auto()
    IDLE = auto()
    TUNNEL = auto()
    ENDING = auto()
    CLOSED = auto()


# In Python 3.11 each look at a member through its class is a call.
FRESH: Final = State.FRESH
HEAD: Final = State.HEAD
BUSY: Final = State.BUSY
IDLE: Final = State.IDLE
TUNNEL: Final = State.TUNNEL
ENDING: Final = State.ENDING
CLOSED: Final = State.CLOSED
OVER: Final = (ENDING, CLOSED)
