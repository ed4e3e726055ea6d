"""Wire state: where an upstream connection is in its life.

opening ──▶ taken ◀──▶ idle          any of them ──▶ closed, for good
"""

from enum import Enum, auto
from typing import Final


class State(Enum):
    OPENING = auto()
    TAKEN = auto()
    IDLE = auto()
    CLOSED = auto()


# In Python 3.11 each look at a member through its class is a call.
OPENING: Final = State.OPENING
TAKEN: Final = State.TAKEN
IDLE: Final = State.IDLE
CLOSED: Final = State.CLOSED
