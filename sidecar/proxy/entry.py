"""Entry: what keeps a request out before anything is looked up for it."""

from sidecar.errors import LoopDetected, SidecarError
from sidecar.proxy.exchange import Exchange
from sidecar.semantics.forwarding import passes


def kept_out(exchange: Exchange, pseudonym: bytes) -> SidecarError | None:
    """Why the request goes no farther; `pseudonym` is ours in Via."""
    request, route = exchange.request, exchange.served_by
    if b"via" in request.values and passes(request.values, pseudonym):
        return LoopDetected()
    if request.upgrade is not None and (error := route.tunnels.refusal(request)):
        return error
    return route.rendering.receive(exchange) or route.admission.admit(exchange)
