"""Selecting: which JSON fields of the answer the request would get.

What is selected is asked for whole, without the expression: with that, another stored
response is looked for.
"""

from dataclasses import dataclass

from sidecar.config.schema_policies import Selection
from sidecar.explain.asked import Asked
from sidecar.policy.selection import PLAIN_AND_WHOLE, READS, choice
from sidecar.policy.selection import asked as said
from sidecar.semantics.amendment import amend


@dataclass(frozen=True, slots=True)
class Selecting:
    """expression: of the request, in its `parameter`; None: it has none. envelope: the
    member that stands for the whole. refused: the answer is a 400.
    """

    parameter: str
    expression: str | None
    envelope: str | None
    readable: bool
    refused: bool


def selecting(section: Selection | None, asked: Asked) -> Selecting | None:
    """None where nothing is ever selected; `asked` becomes what the upstream gets."""
    request = asked.request
    if section is None or request.method not in READS:
        return None
    parameter = section.parameter.encode()
    found = said(request.target, parameter)
    chosen = choice(
        request.target,
        parameter,
        envelope=section.envelope is not None,
        passes=section.pass_,
    )
    refused = section.strict and not chosen.readable
    if not refused:
        request.target = chosen.target
        if chosen.mask is not None:
            amend(request, PLAIN_AND_WHOLE)
    return Selecting(
        section.parameter,
        None if found is None else found.expression,
        section.envelope,
        chosen.readable,
        refused,
    )
