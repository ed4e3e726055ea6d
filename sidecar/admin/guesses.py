"""Guesses: how long to wait after wrong tokens.

Ten are free; each one more doubles the wait, up to a minute. While it lasts no
token is looked at, the right one neither: otherwise guessing went on. Pure:
`now` is an argument. Bounded: the address heard of longest ago is forgotten.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network

from sidecar.units import Instant, Seconds

FREE = 10
LONGEST: Seconds = 60.0
FORGET: Seconds = 600.0
ADDRESSES = 1024


@dataclass(slots=True)
class _Record:
    failures: int
    last: Instant
    until: Instant


class Guesses:
    """Wrong tokens by address; an IPv6 client has a whole /64 of those."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait(self, address: str, now: Instant) -> Seconds:
        """Seconds until a token is looked at; 0: now."""
        record = self._records.get(_network(address))
        return max(0.0, record.until - now) if record else 0.0

    def failed(self, address: str, now: Instant) -> None:
        network = _network(address)
        record = self._records.pop(network, None)
        if record is None or now - record.last > FORGET:
            record = _Record(0, now, now)
        record.failures += 1
        record.last = now
        if record.failures >= FREE:
            wait = min(LONGEST, 2.0 ** min(record.failures - FREE, 10))
            record.until = Instant(now + wait)
        self._records[network] = record
        if len(self._records) > ADDRESSES:
            self._records.popitem(last=False)

    def succeeded(self, address: str) -> None:
        self._records.pop(_network(address), None)


def _network(address: str) -> str:
    if ":" not in address:
        return address
    plain = IPv6Address(address.partition("%")[0])
    if plain.ipv4_mapped:
        return str(plain.ipv4_mapped)
    return str(ip_network((plain, 64), strict=False))
