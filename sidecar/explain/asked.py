"""Asked: the request that is explained, and who sends it as far as that is known."""

from dataclasses import dataclass

from sidecar.policy.trust import Networks, client
from sidecar.semantics.message import RequestHead


@dataclass(frozen=True, slots=True)
class Asked:
    """A head past the gate. What a trusted peer says of its client is believed."""

    request: RequestHead
    scheme: str
    client: str
    trusted: bool

    @classmethod
    def by(
        cls, peer: str, request: RequestHead, scheme: str, trusted: Networks
    ) -> "Asked":
        said = client(peer, request.values, trusted)
        return cls(request, said.scheme or scheme, said.address, said.trusted)
