"""Turns: whether a worker should leave the next connection to another.

Workers accept from one socket, whoever comes first; where processors are scarce that
may be the same one many times over, and connections that are kept stay where they are.
"""

from collections.abc import Iterable

# More than the least busy one may have, and an eighth of what that one has.
SLACK = 4
PART = 8


def has_too_many(mine: int, others: Iterable[int]) -> bool:
    """`others` are the connections of each worker that is able to accept."""
    least = min(others, default=mine)
    return mine > least + max(SLACK, least // PART)
