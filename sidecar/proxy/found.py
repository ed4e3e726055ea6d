"""Found: what is known of a request that was let in, before the upstream is asked."""

from sidecar.proxy.answer import Answer
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.instead import instead
from sidecar.proxy.looked_up import Ready


def found(exchange: Exchange) -> Answer | Ready | None:
    """Return what the cache has, or why the upstream is not to be asked."""
    route, now = exchange.served_by, exchange.started
    known = route.cache.lookup(exchange, now)
    if isinstance(known, Ready):
        return known
    error = known or route.admission.toll(exchange) or route.gate.refusal(now)
    if error is None:
        return None
    if exchange.found is not None:
        ready = route.cache.answered.failed(exchange, error)
        if ready is not None:
            return ready
    exchange.failed(error)
    return instead(exchange, error)


def can_ask(exchange: Exchange) -> bool:
    """Whether nothing has to be waited for before the upstream is asked."""
    route = exchange.served_by
    if exchange.later is not None or route.admission.remote:
        return False
    return route.cache.may_ask(exchange) and not route.cache.asks_others(exchange)
