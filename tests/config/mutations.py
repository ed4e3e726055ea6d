"""Mutations: a file as it may arrive: cut, doubled, mixed up, with bytes of chance."""

import random
from collections.abc import Callable, Iterator

Mutation = Callable[[random.Random, bytes], bytes]


def mutated(seed: int, original: bytes, count: int, most: int = 3) -> Iterator[bytes]:
    """So many files, each with one to `most` mutations; the same for one seed."""
    chance = random.Random(seed)
    for _ in range(count):
        content = original
        for _ in range(chance.randint(1, most)):
            content = chance.choice(EVERY)(chance, content)
        yield content


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def without_piece(chance: random.Random, content: bytes) -> bytes:
    start, end = _span(chance, content)
    return content[:start] + content[end:]


def doubled(chance: random.Random, content: bytes) -> bytes:
    start, end = _span(chance, content)
    return content[:end] + content[start:end] + content[end:]


def byte(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def number(chance: random.Random, content: bytes) -> bytes:
    """A digit that is another."""
    digits = [at for at, one in enumerate(content) if chr(one).isdigit()]
    if not digits:
        return content
    at = chance.choice(digits)
    return content[:at] + b"%d" % chance.randrange(10) + content[at + 1 :]


def without_line(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def swapped_lines(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = chance.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def indented(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        at = chance.randrange(len(lines))
        lines[at] = b" " * chance.randint(1, 4) + lines[at]
    return b"".join(lines)


def token(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(TOKENS) + content[at:]


def _span(chance: random.Random, content: bytes) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.randint(1, 60))


TOKENS = (
    *(b"{", b"}", b"[", b"]", b": ", b"- ", b"#", b"'", b'"', b"\n", b"\t", b"\0"),
    *(b"&a ", b"*a ", b"!!python/none ", b"null", b"~", b"off", b"true", b"-1"),
    *(b"1e999", b"0x10", b"${HOME}", b"${", b"$${", b"file:/none", b"\xff\xfe"),
    *(b"\xc3\x28", "é".encode(), b"---\n", b"...\n", b"<<: ", b"? "),
)
EVERY: tuple[Mutation, ...] = (
    *(cut, without_piece, doubled, byte, number),
    *(without_line, swapped_lines, indented, token),
)
