"""Field block: a section of fields as the lines that are sent, each with its CRLF.

What is stored for long is kept like that: it takes a fraction of the memory of
names and values, and goes out without being put together again.
"""

from collections.abc import Iterable

from sidecar.semantics.message import Field, Fields


def pack(fields: Iterable[Field]) -> bytes:
    return b"".join([b"%b: %b\r\n" % field for field in fields])


def unpack(block: bytes) -> Fields:
    """The fields of a packed block, in order."""
    return [
        (name, value)
        for line in block.split(b"\r\n")[:-1]
        for name, _, value in (line.partition(b": "),)
    ]


def joined(fields: Iterable[Field]) -> dict[bytes, bytes]:
    """Values by lower-case name, repeated ones joined with `, ` (RFC 9110 §5.3)."""
    values: dict[bytes, bytes] = {}
    for name, value in fields:
        lower = name.lower()
        values[lower] = values[lower] + b", " + value if lower in values else value
    return values
