"""Edits: the fields a route sets and removes, compiled once (`headers:`).

`semantics.forwarding` carries them out last, so that they also win over what
the sidecar itself would add. Names and values were validated with the
configuration; `UNEDITABLE` is what that must refuse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sidecar.semantics.message import Field

# Written anew for every message from what the body really is (RFC 9112 §6), or
# from the connection (RFC 9110 §7.6.1); Host has a setting of its own.
UNEDITABLE = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


@dataclass(frozen=True, slots=True)
class Edits:
    """`fields` replace all of their names; `names`, in lower case, is what goes."""

    fields: tuple[Field, ...] = ()
    names: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, replaced: Mapping[str, str], removed: Iterable[str] = ()) -> "Edits":
        fields = tuple(
            (name.encode(), value.encode()) for name, value in replaced.items()
        )
        gone = {name.encode().lower() for name in removed}
        names = frozenset(gone.union(name.lower() for name, _ in fields))
        return cls(fields, names) if names else NO_EDITS


NO_EDITS = Edits()
