"""Client state: where a client's connection is in its life.

FRESH ─▶ HEAD ─▶ BUSY ─▶ IDLE ─▶ HEAD …      BUSY ─▶ TUNNEL
any of them ─▶ ENDING ─▶ CLOSED
"""

from enum import Enum, auto


class State(Enum):
    FRESH = auto()
    HEAD = auto()
    BUSY = auto()
    IDLE = auto()
    TUNNEL = auto()
    ENDING = auto()
    CLOSED = auto()


# In Python 3.11 each look at a member through its class is a call.
FRESH, HEAD, BUSY, IDLE, TUNNEL, ENDING, CLOSED = State
OVER = (ENDING, CLOSED)
