"""Connection options: what a request says of its connection, and takes along with it.

RFC 9110 §7.6.1, §7.8; RFC 9112 §9.3. A field that Connection nominates is for us and
ends here. So it is not there for anybody behind the gate either: the upstream answers
without it, and who else sent it must not get that answer from a cache.
"""

from sidecar.semantics.fields import MOST_MEMBERS, is_token, members
from sidecar.semantics.hop_by_hop import HOP_BY_HOP, nominated
from sidecar.semantics.message import RequestHead

_NEVER_NOMINATED = frozenset({b"host", b"content-length", b"transfer-encoding"})
# Those that are read here.
_OURS = HOP_BY_HOP | {b"expect"}


def read_options(head: RequestHead, value: bytes) -> bool:
    """Read Connection into the head; false where it may not say what it says."""
    if value == b"keep-alive":
        head.keep_alive = True
        return True
    if value.count(b",") >= MOST_MEMBERS:
        return False
    options = members(value.lower())
    if not _NEVER_NOMINATED.isdisjoint(options):
        return False
    gone = nominated(value) - _OURS
    if not gone.isdisjoint(head.values):
        kept = {name: one for name, one in head.values.items() if name not in gone}
        head.values = kept
    head.keep_alive = b"close" not in options and (
        head.minor == 1 or b"keep-alive" in options
    )
    if b"upgrade" in options and b"upgrade" in head.values:
        # Whatever becomes of it, what follows may be of another protocol.
        head.keep_alive = False
        wanted = (members(head.values[b"upgrade"].lower()) or [b""])[0]
        # A body would have to end before the protocol changes: nobody does that.
        if head.minor and not head.has_body and _is_protocol(wanted):
            head.upgrade = wanted
    return True


def _is_protocol(wanted: bytes) -> bool:
    # h2c would carry requests past us (RFC 9113 dropped it).
    name, slash, version = wanted.partition(b"/")
    return name != b"h2c" and is_token(name) and (not slash or is_token(version))
