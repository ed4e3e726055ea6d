"""Answer: a response that is whole before its first byte is sent.

What can be said at once needs no upstream and no await: refusals now, and what
comes from the cache.
"""

from dataclasses import dataclass, field

from sidecar.semantics.message import Fields


@dataclass(slots=True)
class Answer:
    status: int
    content: bytes = b""
    fields: Fields = field(default_factory=list)
    close: bool = False
    """The connection cannot be used for another request."""
