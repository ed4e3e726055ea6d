"""Names for the quantities that must not be mixed up.

`Instant` comes from a monotonic clock and is only good for differences;
`Timestamp` is Unix wall-clock time, the one HTTP dates are made of.
"""

from typing import Final, NewType

Seconds = float
Bytes = int
Instant = NewType("Instant", float)
Timestamp = NewType("Timestamp", float)

NEVER: Final = Instant(float("inf"))
