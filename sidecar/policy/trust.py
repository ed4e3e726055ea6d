"""Trust: who the client is, and what an earlier proxy may say about it.

Only a peer within `trusted_proxies` is believed. Its X-Forwarded-For, or else
its Forwarded (RFC 7239), is walked from the right, from the nearest hop
outwards: the first address that is not ours to trust is the client. What
stands left of it is only what that client says.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from sidecar.semantics.target import is_host

UNIX = "unix:"
"""Among networks: who connects by a unix socket, and has no address."""

# Longer chains are attacks or loops.
MOST_HOPS = 100

_Address = IPv4Address | IPv6Address
_HOT = 4096
_LONGEST_NODE = 64  # an IPv6 address with brackets, zone and port fits

_SCHEMES = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}
_HIGHEST_PORT = 65535

# Possessive: a quote that is never closed is read once, not once for each start.
_QUOTED_OR_COMMA = re.compile(rb'"(?:[^"\\]|\\.)*+"?|,', re.DOTALL)
_PAIR = re.compile(
    rb"[ \t]*([!#-'*+.0-9A-Z^-z|~-]+)=(\"(?:[^\"\\]|\\.)*+\"|[^\",; \t]*)[ \t]*"
)


@dataclass(frozen=True, slots=True)
class Client:
    """The client, and how it sees us where a trusted proxy said so."""

    address: str
    scheme: str | None = None
    host: bytes | None = None
    port: int | None = None
    trusted: bool = False
    """The socket's peer is a trusted proxy."""


class Networks:
    """A set of networks; `address in networks` costs a lookup for hot addresses."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        table: dict[tuple[int, int], set[int]] = {}
        self._unix = False
        for text in networks:
            if text == UNIX:
                self._unix = True
                continue
            network = ip_network(text, strict=False)
            shift = network.max_prefixlen - network.prefixlen
            start = _plain(network.network_address)
            table.setdefault((start.version, shift), set()).add(int(start) >> shift)
        self._table = [(*key, frozenset(starts)) for key, starts in table.items()]
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._table) or self._unix

    def __contains__(self, text: str) -> bool:
        if not text:
            return self._unix
        if not self._table:
            return False
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _HOT:
                self._known.clear()
            known = self._holds(_address(text))
            if len(text) <= _LONGEST_NODE:
                self._known[text] = known
        return known

    def _holds(self, address: _Address | None) -> bool:
        if address is None:
            return False
        number = int(address)
        return any(
            version == address.version and number >> shift in starts
            for version, shift, starts in self._table
        )


def client(peer: str, values: Mapping[bytes, bytes], trusted: Networks) -> Client:
    """Who asks, by the socket's `peer` and what it may say."""
    if not trusted or peer not in trusted:
        return _direct(peer)
    said: Mapping[bytes, bytes] = {}
    chain = values.get(b"x-forwarded-for")
    if chain is not None:
        address, _ = _walk(peer, _split(chain), trusted)
    elif b"forwarded" in values:
        elements = list(_forwarded(values[b"forwarded"]))
        nodes = (pairs.get(b"for", b"") for pairs in elements)
        address, hops = _walk(peer, nodes, trusted)
        said = elements[hops - 1] if hops else {}
    else:
        address = _direct(peer).address
    return Client(
        address,
        _scheme(_nearest(values, b"x-forwarded-proto") or said.get(b"proto")),
        _host(_nearest(values, b"x-forwarded-host") or said.get(b"host")),
        _port(_nearest(values, b"x-forwarded-port")),
        trusted=True,
    )


@lru_cache(_HOT)
def _direct(peer: str) -> Client:
    address = _address(peer)
    return Client(peer if address is None else str(address))


def _walk(peer: str, nodes: Iterable[bytes], trusted: Networks) -> tuple[str, int]:
    """The client's address, and how many hops away from the peer it is."""
    last, hops = _direct(peer).address, 0
    for node in nodes:
        address = _node(node)
        if address is None:
            break
        last, hops = address, hops + 1
        if address not in trusted:
            break
    return last, hops


def _split(chain: bytes) -> Iterator[bytes]:
    """The last elements of a list, from the right."""
    return iter(chain.rsplit(b",", MOST_HOPS)[: -MOST_HOPS - 1 : -1])


def _forwarded(value: bytes) -> Iterator[dict[bytes, bytes]]:
    """The last elements of a Forwarded field, from the right; ends at a bad one."""
    commas = [at.start() for at in _QUOTED_OR_COMMA.finditer(value) if at[0] == b","]
    end = len(value)
    for start in [*reversed(commas[-MOST_HOPS:]), -1][:MOST_HOPS]:
        pairs = _pairs(value[start + 1 : end])
        if pairs is None:
            return
        yield pairs
        end = start


def _pairs(element: bytes) -> dict[bytes, bytes] | None:
    """The parameters of one element (RFC 7239 §4); None where it is malformed."""
    pairs: dict[bytes, bytes] = {}
    at = 0
    while found := _PAIR.match(element, at):
        name, value = found[1].lower(), found[2]
        if name in pairs:
            return None
        if value.startswith(b'"'):
            value = re.sub(rb"\\(.)", rb"\1", value[1:-1], flags=re.DOTALL)
        pairs[name] = value
        at = found.end()
        if at == len(element):
            return pairs
        if element[at : at + 1] != b";":
            return None
        at += 1
    return None


@lru_cache(_HOT)
def _canonical(text: bytes) -> str | None:
    if text.startswith(b"["):
        text, bracket, rest = text[1:].partition(b"]")
        if not bracket or (rest and not (rest[:1] == b":" and rest[1:].isdigit())):
            return None
    elif text.count(b":") == 1:
        text, _, port = text.partition(b":")
        if not port.isdigit():
            return None
    address = _address(text.decode("latin-1"))
    return None if address is None else str(address)


def _node(text: bytes) -> str | None:
    """An address as proxies write it: with port, brackets, quotes or zone."""
    text = text.strip(b" \t")
    if text[:1] == b'"' == text[-1:]:
        text = text[1:-1]
    return _canonical(text) if len(text) <= _LONGEST_NODE else None


def _address(text: str) -> _Address | None:
    if len(text) > _LONGEST_NODE:
        return None
    try:
        return _plain(ip_address(text))
    except ValueError:
        return None


def _plain(address: _Address) -> _Address:
    """`address` without zone, and as IPv4 where it is only mapped into IPv6."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def _nearest(values: Mapping[bytes, bytes], name: bytes) -> bytes | None:
    """What the peer itself wrote: the last element."""
    value = values.get(name)
    return None if value is None else value.rpartition(b",")[2].strip(b" \t")


def _scheme(said: bytes | None) -> str | None:
    return None if said is None else _SCHEMES.get(said.lower())


def _host(said: bytes | None) -> bytes | None:
    return said if said is not None and is_host(said) else None


def _port(said: bytes | None) -> int | None:
    if said is None or not said.isdigit() or len(said) > len(str(_HIGHEST_PORT)):
        return None
    return int(said) if 0 < int(said) <= _HIGHEST_PORT else None
