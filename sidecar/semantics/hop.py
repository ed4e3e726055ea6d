"""Hop: what a proxy adds to a request, and what earlier ones left in it.

X-Forwarded-*, Forwarded (RFC 7239), Via (RFC 9110 §7.6.3), X-Request-Id and
traceparent. X-Forwarded-For always goes along; Forwarded only where a trusted
proxy uses it, for two records of one way are one too many to agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sidecar.semantics.message import Fields, RequestHead

PSEUDONYM = b"sidecar"


@dataclass(frozen=True, slots=True)
class Hop:
    """What a proxy adds to one request.

    `host` is the authority as the client sent it, `port` the one it believes
    to speak to (`public_port`). `trusted` keeps what an earlier proxy said:
    X-Forwarded-For and Forwarded are then appended to, the others kept.
    `request_id` and `traceparent` replace the client's; no traceparent leaves
    the client's. `pseudonym` is our name in Via, unique to this instance.
    """

    peer: str
    scheme: str
    host: bytes
    port: int
    trusted: bool
    request_id: bytes
    traceparent: bytes | None = None
    pseudonym: bytes = PSEUDONYM


def added(head: RequestHead, hop: Hop) -> Fields:
    values = head.values
    said = values if hop.trusted else {}
    fields = []
    chain = said.get(b"x-forwarded-for")
    if hop.peer:
        peer = hop.peer.encode()
        chain = peer if chain is None else b"%b, %b" % (chain, peer)
    if chain is not None:
        fields.append((b"X-Forwarded-For", chain))
    # The port belongs to the scheme and host: an earlier proxy's go together.
    if b"x-forwarded-port" not in said and b"x-forwarded-proto" not in said:
        fields.append((b"X-Forwarded-Port", b"%d" % hop.port))
    if b"x-forwarded-proto" not in said:
        fields.append((b"X-Forwarded-Proto", hop.scheme.encode()))
    if b"x-forwarded-host" not in said:
        fields.append((b"X-Forwarded-Host", hop.host))
    if b"forwarded" in said:
        fields.append((b"Forwarded", _forwarded(said[b"forwarded"], hop)))
    # Kept from anyone: without what others wrote, a loop through two proxies
    # would never be seen (RFC 9110 §7.6.3).
    fields.append((b"Via", via(values, head.minor, hop.pseudonym)))
    fields.append((b"X-Request-Id", hop.request_id))
    traceparent = hop.traceparent or values.get(b"traceparent")
    if traceparent is not None:
        fields.append((b"traceparent", traceparent))
    return fields


def via(values: Mapping[bytes, bytes], minor: int, pseudonym: bytes) -> bytes:
    own = (b"1.1 " if minor else b"1.0 ") + pseudonym
    return b"%b, %b" % (values[b"via"], own) if b"via" in values else own


def _forwarded(said: bytes, hop: Hop) -> bytes:
    """`said` with our element appended (RFC 7239 §4); addresses of v6 in quotes."""
    node = f'"[{hop.peer}]"' if ":" in hop.peer else hop.peer or "unknown"
    own = b'for=%b;host="%b";proto=%b' % (
        node.encode(),
        hop.host.replace(b'"', b""),
        hop.scheme.encode(),
    )
    return b"%b, %b" % (said, own)


def public_port(authority: bytes, scheme: str) -> int:
    """The port the client believes to speak to: that of Host, or the scheme's.

    Not the listening one: behind a port mapping that leads nowhere.
    """
    _, colon, digits = authority.rpartition(b":")
    if colon and digits.isdigit():
        return int(digits[:6])
    return 443 if scheme == "https" else 80


def passes(values: Mapping[bytes, bytes], pseudonym: bytes) -> int:
    """How often a request has been here already, by its Via field (§7.6.3)."""
    via = values.get(b"via")
    if via is None or pseudonym not in via:
        return 0
    return sum(
        words[1] == pseudonym
        for element in via.split(b",")
        if len(words := element.split(None, 2)) > 1
    )
