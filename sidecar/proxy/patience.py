"""Patience: which responses are waited for, so that they can be looked at whole.

A tag stands in the head, so all of the content is here before any of it goes on. So
is what may become a 304, a part or another coding. A long content of which nothing
is wanted goes on as it comes.
"""

from collections.abc import Callable
from typing import TypeAlias

from sidecar.policy.validation import Validation
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.rendering import Patience
from sidecar.proxy.understanding import undoes
from sidecar.semantics.conditional import is_conditional
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes, Seconds

# What does not come within it was not there yet: it is passed on as it comes.
PATIENCE: Seconds = 0.1
# Up to here it costs less to wait, and to send all of it at once.
SHORT: Bytes = 64 * 1024

Planned: TypeAlias = Callable[[Exchange, ResponseHead, Bytes], bytes]
"""The coding that a content will get; empty: none."""


def patience(
    validation: Validation | None,
    planned: Planned,
    exchange: Exchange,
    head: ResponseHead,
) -> Patience | None:
    """How long to wait for the content of a 200; None: not at all."""
    length, said = head.content_length, exchange.said
    if validation is None or length is None or exchange.request.method != b"GET":
        return None
    if validation.waits_for(head.values, length) and (
        length <= SHORT
        or validation.tags(head.values, length)
        or is_conditional(said)
        or undoes(said, head) is not None
        or planned(exchange, head, length)
    ):
        return Patience(validation.max_size, PATIENCE)
    return None
