"""Hostile: contents, requests and expressions that are dear to whoever works on them."""

import zlib
from dataclasses import dataclass

import zstandard

from tests.harness.origin import reply

MIB = 1 << 20
_HTML, _TEXT = b"Content-Type: text/html", b"Content-Type: text/plain"
_JSON = b"Content-Type: application/json"
_PLAIN = b"Accept-Encoding: identity"
_CHUNKED = (
    b"HTTP/1.1 200 OK\r\n%b\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """What the origin says to a request for `target` with `fields`."""

    rule: str
    script: bytes
    fields: tuple[bytes, ...] = ()
    target: bytes = b"/"

    def __str__(self) -> str:
        return self.rule


def hostile() -> list[Hostile]:
    bomb = _gzip_bomb()
    zstd_bomb = zstandard.compress(bytes(200 * MIB))
    gzipped, zstd = b"Content-Encoding: gzip", b"Content-Encoding: zstd"
    in_chunks = _CHUNKED % (b"\r\n".join((_HTML, gzipped)), len(bomb), bomb)
    zeros = b'{"a":[%b0]}' % (b"0," * 500_000)
    hidden = reply(zstandard.compress(zeros), _JSON, zstd)
    return [
        Hostile("gzip bomb", reply(bomb, _HTML, gzipped), (_PLAIN,)),
        Hostile("zstd bomb", reply(zstd_bomb, _HTML, zstd), (_PLAIN,)),
        Hostile("gzip bomb, in chunks", in_chunks, (_PLAIN,)),
        Hostile("gzip bomb, for br", in_chunks, (b"Accept-Encoding: br",)),
        Hostile(
            "nested bomb",
            reply(
                zstandard.compress(zstd_bomb), _JSON, b"Content-Encoding: zstd, zstd"
            ),
            (_PLAIN,),
            b"/?fields=a",
        ),
        Hostile("bomb to select from", reply(bomb, _JSON, gzipped), (), b"/?fields=a"),
        Hostile("JSON in a bomb", hidden, (), b"/?fields=a"),
        *(
            Hostile(rule, reply(content, _JSON), (), b"/?fields=a")
            for rule, content in _documents()
        ),
        Hostile(
            "1,300 ranges",
            reply(b"x" * 500_000, _TEXT),
            (b"Range: bytes=" + b",".join([b"0-"] * 1300),),
        ),
        Hostile(
            "selection of 1,000 steps",
            reply(b"{}", _JSON),
            (),
            b"/?fields=" + b".".join([b"a"] * 1000),
        ),
        Hostile(
            "commas",
            reply(b"x" * 5000, _TEXT),
            (b"Accept-Encoding: " + b"," * 7000, b"If-None-Match: " + b'"a",' * 1600),
        ),
    ]


def _gzip_bomb() -> bytes:
    zeros = zlib.compressobj(9, wbits=31)
    return b"".join([*(zeros.compress(bytes(MIB)) for _ in range(200)), zeros.flush()])


def _documents() -> list[tuple[str, bytes]]:
    members = b",".join(b'"%d":1' % number for number in range(65_000))
    return [
        ("deep JSON", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("too many arrays", b"[" + b"[]," * 340_000 + b"[]]"),
        ("many arrays", b'{"a":[' + b"[]," * 32_000 + b"[]]}"),
        ("many members", b'{"a":{%b}}' % members),
        ("many numbers", b'{"a":[' + b"1e300," * 65_000 + b"1]}"),
        ("long numbers", b'{"a":[%b]}' % b",".join([b"9" * 4000] * 250)),
    ]
