"""Beforehand: what is looked at, of each request, before the upstream is asked."""

from sidecar.errors import LoopDetected, SidecarError
from sidecar.proxy.answer import Answer
from sidecar.proxy.body import is_here
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.instead import instead
from sidecar.proxy.looked_up import Ready
from sidecar.semantics.forwarding import passes
from sidecar.units import Instant


def kept_out(exchange: Exchange, pseudonym: bytes) -> SidecarError | None:
    """Why the request goes no farther; `pseudonym` is ours in Via."""
    request, route = exchange.request, exchange.served_by
    if b"via" in request.values and passes(request.values, pseudonym):
        return LoopDetected()
    if request.upgrade is not None and (error := route.tunnels.refusal(request)):
        return error
    return route.rendering.receive(exchange) or route.admission.admit(exchange)


def known_answer(exchange: Exchange) -> Answer | Ready | None:
    """Return what the cache has, or why the upstream is not to be asked."""
    route, now = exchange.served_by, exchange.started
    known = route.cache.lookup(exchange, now)
    if isinstance(known, Ready):
        return known
    error = known or route.admission.toll(exchange)
    if error is None and not route.permits.is_open:
        error = _kept_away(exchange, now)
    if error is None:
        return None
    if exchange.found is not None:
        ready = route.cache.answered.failed(exchange, error)
        if ready is not None:
            return ready
    exchange.failed(error)
    return instead(exchange, error)


def _kept_away(exchange: Exchange, now: Instant) -> SidecarError | None:
    """Why the upstream is not asked, where no wait would change it."""
    route = exchange.served_by
    refused = route.permits.refusal(now)
    if refused is not None:
        if exchange.found is None or not route.cache.may_be_remembered(exchange):
            return refused
        exchange.found.refused = refused
        return None
    if exchange.request.has_body and not is_here(exchange):
        return None  # who knows what is free when it is
    if route.cache.may_be_spared(exchange):
        return None
    return route.permits.crowded(exchange.due)


def can_ask(exchange: Exchange) -> bool:
    """Whether nothing has to be waited for before the upstream is asked."""
    route = exchange.served_by
    if exchange.later is not None or route.admission.remote:
        return False
    return route.cache.may_ask(exchange) and not route.cache.asks_others(exchange)
