"""Instead: what is answered in place of a response that there is none of.

Where the upstream is not to be asked there may be better than an error: something
stale, and then what the file says. Clients of a healthy cache notice nothing.
"""

from sidecar.errors import SidecarError
from sidecar.policy.refused import CircuitOpen
from sidecar.proxy.answer import Answer
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.refusal import refusal


def instead(exchange: Exchange, error: SidecarError) -> Answer:
    """Answer with the error, or with what is better than that."""
    answer = None
    if isinstance(error, CircuitOpen):
        answer = exchange.served_by.fallback.answer(exchange.request.method)
    return answer or refusal(error, exchange.request, exchange.id)
