"""Real bodies: files that packages ship, what was compressed before, and how they come."""

import asyncio
import gzip
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.harness.origin import Connection, Script, reply
from tests.harness.strict import Request

PIECES = 6

# Distribution, ending of the path, media type, whether it is worth compressing.
_FILES = (
    ("coverage", "htmlfiles/coverage_html.js", b"text/javascript", True),
    ("coverage", "htmlfiles/style.css", b"text/css; charset=utf-8", True),
    ("coverage", "htmlfiles/index.html", b"text/html", True),
    ("import-linter", "static/favicon.svg", b"image/svg+xml", True),
    ("import-linter", "static/styles.css", b"text/css", True),
    ("import-linter", "static/explorer.js", b"application/javascript", True),
    ("httpbin", "templates/httpbin.1.html", b"text/html; charset=utf-8", True),
    ("httpbin", "templates/images/svg_logo.svg", b"image/svg+xml", True),
    ("httpbin", "templates/UTF-8-demo.txt", b"text/plain; charset=utf-8", True),
    ("cryptography", "cryptography-rust.cyclonedx.json", b"application/json", True),
    ("rpds-py", "rpds-py.cyclonedx.json", b"application/vnd.cyclonedx+json", True),
    ("Werkzeug", "debug/shared/console.png", b"image/png", False),
)


@dataclass(frozen=True, slots=True)
class Body:
    name: str
    kind: bytes
    content: bytes
    shrinks: bool

    def __str__(self) -> str:
        return self.name


def bodies() -> list[Body]:
    found = [_body(*one) for one in _FILES]
    script = found[0].content
    found.append(
        Body(
            "script.js.gz",
            b"application/gzip",
            gzip.compress(script, mtime=0),
            shrinks=False,
        )
    )
    found.append(Body("module.wasm", b"application/wasm", _wasm(), shrinks=True))
    return found


def _body(package: str, ending: str, kind: bytes, shrinks: bool) -> Body:  # noqa: FBT001
    files = importlib.metadata.files(package) or []
    (path,) = [one for one in files if str(one).endswith(ending)]
    return Body(path.name, kind, Path(str(path.locate())).read_bytes(), shrinks)


def _wasm() -> bytes:
    """A module of functions f0 to f199, each of which returns its number."""
    count = 200

    def number(value: int) -> bytes:
        coded = b""
        while value >= 0x80:
            coded += bytes([value & 0x7F | 0x80])
            value >>= 7
        return coded + bytes([value])

    def section(kind: int, items: list[bytes]) -> bytes:
        content = number(len(items)) + b"".join(items)
        return bytes([kind]) + number(len(content)) + content

    def signed(value: int) -> bytes:
        return bytes([value & 0x7F | 0x80, value >> 7])

    names = [b"f%d" % n for n in range(count)]
    codes = [b"\0\x41" + signed(n) + b"\x0b" for n in range(count)]
    return b"".join(
        (
            b"\0asm\1\0\0\0",
            section(1, [b"\x60\0\1\x7f"]),
            section(3, [b"\0"] * count),
            section(
                7,
                [
                    number(len(name)) + name + b"\0" + number(n)
                    for n, name in enumerate(names)
                ],
            ),
            section(10, [number(len(code)) + code for code in codes]),
        )
    )


def chunked(pieces: list[bytes]) -> list[bytes]:
    return [*(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces), b"0\r\n\r\n"]


def cut(content: bytes) -> list[bytes]:
    step = len(content) // PIECES + 1
    return [content[at : at + step] for at in range(0, len(content), step)]


def dripped(*pieces: bytes) -> Script:
    """A script that writes each piece when the last was read."""

    async def drip(connection: Connection, _: Request) -> None:
        ours = connection.transport.get_extra_info("socket")
        for piece in pieces:
            await connection.write(piece)
            while not connection.lost.is_set() and (
                connection.origin.diagnosis.unread(ours)
            ):
                await asyncio.sleep(0)

    return (drip,)


def whole(body: Body) -> Script:
    return reply(body.content, b"Content-Type: " + body.kind)


def in_chunks(body: Body) -> Script:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    return b"".join([head % body.kind, *chunked(cut(body.content))])


def drips(body: Body) -> Script:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    return dripped(head % body.kind, *chunked(cut(body.content)))


WAYS: tuple[Callable[[Body], Script], ...] = (whole, in_chunks, drips)
