"""What every coding must keep, whatever library does it."""

import random
import zlib
from collections.abc import Callable

import brotli
import zstandard

from sidecar.coding.codec import Codec, Decoder

CONTENTS = [
    b"",
    b"a",
    b"The same again and again. " * 4000,
    random.Random(1).randbytes(50_000),
    bytes(range(256)) * 300,
]


def undo_zstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def undo_gzip(data: bytes) -> bytes:
    return zlib.decompress(data, 31)


UNDO: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": undo_gzip,
    b"br": brotli.decompress,
    b"zstd": undo_zstd,
}


def keeps(codec: Codec, content: bytes, padding: int) -> None:
    """What is compressed comes back, by a decoder that is not ours."""
    undo = UNDO[codec.name]
    assert undo(codec.padded(codec.compress(content), padding)) == content
    encoder = codec.encoder(padding)
    cuts = [content[at : at + 7000] for at in range(0, len(content), 7000)]
    coded = [encoder.write(cut) for cut in cuts]
    assert undo(b"".join([*coded, encoder.finish()])) == content


def pads(codec: Codec, content: bytes, padding: int) -> int:
    """How much longer it becomes."""
    coded = codec.compress(content)
    return len(codec.padded(coded, padding)) - len(coded)


def holds_nothing_back(codec: Codec, decoder: Decoder) -> None:
    """Each piece can be read before the next one is written."""
    encoder = codec.encoder(padding=9)
    for number in range(50):
        data = b"data: event %d\n\n" % number
        assert b"".join(decoder.pieces(encoder.write(data))) == data
    assert not decoder.complete
    assert not b"".join(decoder.pieces(encoder.finish()))
    assert decoder.complete


def decodes(decoder: Decoder, data: bytes, step: int) -> bytes:
    """All of `data`, given in pieces of `step`."""
    found = b""
    for at in range(0, len(data), step):
        found += b"".join(decoder.pieces(data[at : at + step]))
    return found
