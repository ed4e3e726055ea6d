"""Hop-by-hop: which fields end at a proxy, and do not pass it (RFC 9110 §7.6.1).

`Passing` answers for one name with one dictionary lookup: the same few names
come with every message.
"""

from collections.abc import Iterable

from sidecar.semantics.message import Field

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

# What a Connection field cannot take away, whoever sends it: a client could
# otherwise remove what the next hop's security rests on.
PROTECTED = frozenset(
    {
        b"authorization",
        b"cache-control",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"date",
        b"forwarded",
        b"host",
        b"location",
        b"set-cookie",
        b"traceparent",
        b"tracestate",
        b"transfer-encoding",
        b"vary",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-request-id",
    }
)

NOTHING: frozenset[bytes] = frozenset()
_ORDINARY = frozenset({b"keep-alive", b"Keep-Alive", b"close", b"Close"})

# Real names are far fewer and shorter; the rest is worked out each time.
_REMEMBERED = 4096
_REMEMBERED_LENGTH = 48


def is_ordinary(connection: bytes) -> bool:
    """Whether a Connection field's value, as most often written, nominates nothing."""
    return connection in _ORDINARY


def nominated(connection: bytes | None) -> frozenset[bytes]:
    """Lower-case names that a Connection field's value takes out of the message."""
    if connection is None or connection in _ORDINARY:
        return NOTHING
    names = {name.strip(b" \t") for name in connection.lower().split(b",")}
    return frozenset(names - PROTECTED - {b"", b"close", b"keep-alive"})


class Passing(dict[bytes, bytes]):
    """A name as sent → its lower-case form, or empty where it does not pass.

    A dictionary that fills itself, up to a bound. An underscore counts as a
    hyphen, because for CGI, WSGI and PHP backends it does.
    """

    def __init__(
        self, dropped: Iterable[bytes], prefixes: tuple[bytes, ...] = ()
    ) -> None:
        super().__init__()
        self._dropped = frozenset(dropped)
        self._prefixes = prefixes

    def __missing__(self, name: bytes) -> bytes:
        lower = name.lower()
        known = lower.replace(b"_", b"-")
        if known in self._dropped or known.startswith(self._prefixes):
            lower = b""
        if len(name) <= _REMEMBERED_LENGTH and len(self) < _REMEMBERED:
            self[name] = lower
        return lower

    def of(self, fields: Iterable[Field], gone: frozenset[bytes]) -> list[bytes]:
        """The lines of the fields that pass and are not `gone`; in order."""
        if gone:
            return [
                b": ".join(field)
                for field in fields
                if (name := self[field[0]]) and name not in gone
            ]
        return [b": ".join(field) for field in fields if self[field[0]]]
