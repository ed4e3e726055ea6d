"""Target: where a request is meant to go (RFC 9112 §3.2, RFC 9110 §7.2).

Stricter than the grammar where readers differ: no raw byte above 0x7e, no `#`, no
user information, and a host that is a DNS name or an address, not any reg-name.
"""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

# VCHAR without `#`: a fragment never travels, and what follows it is read
# differently by each who sees it.
_TARGET: Final = bytes(range(0x21, 0x7F)).replace(b"#", b"")
_NOT_TARGET: Final = bytes(c if c in _TARGET else 0 for c in range(256))
_ABSOLUTE: Final = re.compile(rb"https?://([^/?]+)(.*)", re.IGNORECASE | re.DOTALL)
# reg-name without sub-delims and escapes: no DNS name has them, and backends
# read them each in its own way. A colon asks for a port.
_HOST: Final = re.compile(
    rb"(?:[0-9A-Za-z._~-]{1,255}|\[([0-9A-Fa-f:.]{2,45})\])(?::([0-9]{1,5}))?"
)
_HIGHEST_PORT: Final = 65535


class Located(NamedTuple):
    """What goes to the upstream: origin-form or `*`; the authority if it was given."""

    target: bytes
    authority: bytes | None


def is_plain(target: bytes) -> bool:
    """Whether this is origin-form, as nearly all targets are."""
    return target.startswith(b"/") and 0 not in target.translate(_NOT_TARGET)


def locate(method: bytes, target: bytes) -> Located | None:
    """Read origin-form, absolute-form, and `*` of OPTIONS; None for anything else."""
    if is_plain(target) or (target == b"*" and method == b"OPTIONS"):
        return Located(target, None)
    if 0 in target.translate(_NOT_TARGET):
        return None
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or not is_host(absolute[1]):
        return None
    authority, rest = absolute.groups()
    if not rest and method == b"OPTIONS":
        return Located(b"*", authority)  # §3.2.4
    return Located(rest if rest[:1] == b"/" else b"/" + rest, authority)


def is_host(value: bytes) -> bool:
    """Whether this is a DNS name or address, with or without a port."""
    match = _HOST.fullmatch(value)
    if match is None:
        return False
    address, port = match.groups()
    if port is not None and int(port) > _HIGHEST_PORT:
        return False
    if address is not None:
        try:
            IPv6Address(address.decode())
        except AddressValueError:
            return False
    return True
