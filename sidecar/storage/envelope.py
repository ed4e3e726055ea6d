"""Envelope: an entry as bytes, for every tier that is not memory.

    magic, version │ seal │ length │ digest of the key │ mark │ entry │ check

What is cut, damaged, foreign, of another version, sealed in another way or stored
under another key is nothing: `opened` never raises. Lengths are believed only
where they add up, and no byte of it is ever run.
"""

from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

from sidecar.storage import entry_bytes
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.seal import Seal, is_intact

DIGEST: Final = 32
ID: Final = 16
"""Bytes of the digest that tiers use as their key."""

_MAGIC: Final = b"\x89SCE"
_VERSION: Final = 1
_HEAD: Final = Struct(f"<4sBBxxQ{DIGEST}sQ")


class Opened(NamedTuple):
    """`mark`: the newest purge, of the tier's numbering, before its fetch began."""

    entry: Stored | Variants
    mark: int


def key_digest(key: bytes) -> bytes:
    return blake2b(key, digest_size=DIGEST).digest()


class Envelope:
    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def sealed(self, digest: bytes, entry: Stored | Variants, mark: int) -> bytes:
        parts = entry_bytes.encoded(entry)
        length = _HEAD.size + sum(map(len, parts)) + self._seal.size
        head = _HEAD.pack(_MAGIC, _VERSION, self._seal.kind, length, digest, mark)
        content = b"".join((head, *parts))
        return content + self._seal.of(content)

    def opened(self, digest: bytes, data: bytes | memoryview) -> Opened | None:
        """Return what is in it; None: not what was stored under this key."""
        length = len(data)
        if length < _HEAD.size + self._seal.size:
            return None
        magic, version, kind, said, of, mark = _HEAD.unpack_from(data)
        if (magic, version, kind, said, of) != (
            _MAGIC,
            _VERSION,
            self._seal.kind,
            length,
            digest,
        ):
            return None
        view = memoryview(data)
        end = length - self._seal.size
        if not is_intact(self._seal, view[:end], bytes(view[end:])):
            return None
        entry = entry_bytes.decoded(view[_HEAD.size : end])
        return None if entry is None else Opened(entry, mark)
