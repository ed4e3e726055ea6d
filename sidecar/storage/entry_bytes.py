"""Entry bytes: what of an entry is persisted, in order.

    kind │ numbers │ how many parts, their lengths │ parts

The reader trusts nothing: lengths must add up, numbers must be ones that an entry
can have. What only a process knows (monotonic times, renditions) is not there.
"""

import math
from collections.abc import Sequence
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception by its kind
from typing import Final

from sidecar.policy.lifetimes import Lifetimes
from sidecar.storage.entry import Stored, Variants
from sidecar.units import Timestamp

_STORED: Final = 1
_VARIANTS: Final = 2

# kind; status, tags, codings, flags; generated, received, four lifetimes
_STORED_HEAD: Final = Struct("<BHHBB6d")
# kind; names, keys; until
_VARIANTS_HEAD: Final = Struct("<BHHd")
_COUNT: Final = Struct("<I")
_STRICT, _VALIDATE, _IMMUTABLE = 1, 2, 4
_FLAGS = 7
# url, lines, body, etag, last_modified, owner
_OWN = 6
# Of one entry; more is not ours.
_MOST_PARTS = 1 << 17


def encoded(entry: Stored | Variants) -> Sequence[bytes]:
    if isinstance(entry, Variants):
        head = _VARIANTS_HEAD.pack(
            _VARIANTS, len(entry.names), len(entry.keys), entry.until
        )
        return _framed(head, (entry.url, *entry.names, *entry.keys))
    of, codings = entry.lifetimes, entry.codings.copy()  # threads add to them
    head = _STORED_HEAD.pack(
        _STORED,
        entry.status,
        len(entry.tags),
        len(codings),
        of.strict * _STRICT | of.validate * _VALIDATE | of.immutable * _IMMUTABLE,
        entry.generated,
        entry.received,
        of.fresh,
        of.stale_while_revalidate,
        of.stale_if_error,
        of.keep,
    )
    own = (
        entry.url,
        entry.lines,
        entry.body,
        entry.etag,
        entry.last_modified,
        entry.owner,
    )
    return _framed(head, (*own, *entry.tags, *codings, *codings.values()))


def _framed(head: bytes, parts: Sequence[bytes]) -> Sequence[bytes]:
    lengths = Struct(f"<{len(parts)}I").pack(*map(len, parts))
    return (head, _COUNT.pack(len(parts)), lengths, *parts)


def decoded(data: memoryview) -> Stored | Variants | None:
    """Return the entry, not settled; None: no entry was written like this."""
    try:
        if data[0] == _STORED:
            return _stored(data)
        if data[0] == _VARIANTS:
            return _variants(data)
    except (StructError, IndexError, ValueError):
        pass
    return None


def _stored(data: memoryview) -> Stored | None:
    _, status, tags, codings, flags, *times = _STORED_HEAD.unpack_from(data)
    parts = _parts(data, _STORED_HEAD.size)
    if (
        len(parts) != _OWN + tags + 2 * codings
        or flags > _FLAGS
        or not all(map(math.isfinite, times))
        or min(times) < 0
    ):
        return None
    url, lines, body, etag, last_modified, owner = parts[:_OWN]
    generated, received, fresh, while_revalidate, if_error, keep = times
    names = parts[_OWN + tags : _OWN + tags + codings]
    return Stored(
        url=url,
        status=status,
        lines=lines,
        body=body,
        generated=Timestamp(generated),
        received=Timestamp(received),
        lifetimes=Lifetimes(
            fresh,
            while_revalidate,
            if_error,
            keep,
            strict=bool(flags & _STRICT),
            validate=bool(flags & _VALIDATE),
            immutable=bool(flags & _IMMUTABLE),
        ),
        etag=etag,
        last_modified=last_modified,
        tags=tuple(parts[_OWN : _OWN + tags]),
        owner=owner,
        codings=dict(zip(names, parts[_OWN + tags + codings :], strict=True)),
    )


def _variants(data: memoryview) -> Variants | None:
    _, names, keys, until = _VARIANTS_HEAD.unpack_from(data)
    url, *rest = _parts(data, _VARIANTS_HEAD.size)
    if len(rest) != names + keys or not math.isfinite(until):
        return None
    return Variants(url, tuple(rest[:names]), tuple(rest[names:]), Timestamp(until))


def _parts(data: memoryview, at: int) -> Sequence[bytes]:
    """The parts, which fill the rest exactly.

    Raises:
        ValueError: they do not. struct.error: not even their lengths are there.
    """
    (count,) = _COUNT.unpack_from(data, at)
    if not 0 < count <= _MOST_PARTS:
        raise ValueError
    lengths = Struct(f"<{count}I").unpack_from(data, at + _COUNT.size)
    at += _COUNT.size * (1 + count)
    if at + sum(lengths) != len(data):
        raise ValueError
    parts = []
    for length in lengths:
        parts.append(bytes(data[at : at + length]))
        at += length
    return parts
