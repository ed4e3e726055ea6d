"""Site: all that the configuration says of the way of requests, ready for use."""

from dataclasses import dataclass

from sidecar.policy.routing import Router
from sidecar.policy.trust import Networks
from sidecar.proxy.route import Routes


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration says; a reload replaces it whole.

    The last of `routes` is `default`, which fits everything.
    `pseudonym` is what we call ourselves in Via, unlike any other instance.
    """

    router: Router
    routes: Routes
    trusted: Networks
    pseudonym: bytes
