"""RFC 9112 §7.1, strictly; llhttp is the second opinion."""

from itertools import pairwise

import pytest
from httptools import HttpParserError, HttpRequestParser
from hypothesis import example, given
from hypothesis import strategies as st

from sidecar.semantics.chunked import MOST_TRAILERS, OVERHEAD, TRAILERS, Chunked

LEGAL = [
    ("one chunk", b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    ("several", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
    ("no chunk", b"0\r\n\r\n", b""),
    ("upper and lower case", b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", b"0123456789" * 2),
    ("leading zeros", b"0005\r\nhello\r\n000\r\n\r\n", b"hello"),
    ("an extension", b"5;a=b\r\nhello\r\n0;c\r\n\r\n", b"hello"),
    ("a quoted one", b'5;a="b;\\"c"\r\nhello\r\n0\r\n\r\n', b"hello"),
    ("trailers", b"5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", b"hello"),
    ("data like framing", b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", b"\r\n0\r\n\r\n"),
    ("most trailers", b"0\r\n" + b"A: b\r\n" * MOST_TRAILERS + b"\r\n", b""),
]  # fmt: skip

HOSTILE = [
    *((f"size {size!r}", size + b"\r\nhello\r\n0\r\n\r\n") for size in (
        b"", b" 5", b"5 ", b"+5", b"-5", b"0x5", b"0_5", b"zz", b"5\t", b"\xd9\xa5",
        b"5 ;a", b"00000000000000005", b"ffffffffffffffff", b"8000000000000000",
        b"5;\x00", b"5;a\x7f", b"5;a\rb",
    )),
    ("LF after the size", b"5\nhello\r\n0\r\n\r\n"),
    ("LF after the data", b"5\r\nhello\n0\r\n\r\n"),
    ("LF after the last size", b"5\r\nhello\r\n0\n\r\n"),
    ("LF at the end", b"5\r\nhello\r\n0\r\n\n"),
    ("CR after the size", b"5\rhello\r\n0\r\n\r\n"),
    ("CR CR LF", b"5\r\r\nhello\r\n0\r\n\r\n"),
    ("no end of the data", b"5\r\nhello0\r\n\r\n"),
    ("data too long", b"5\r\nhello!\r\n0\r\n\r\n"),
    ("LF in an extension", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    ("an empty extension", b"5;;\r\nhello\r\n0\r\n\r\n"),
    ("half an extension", b"5;a=\r\nhello\r\n0\r\n\r\n"),
    ("an open quote", b'5;a="b\r\nhello\r\n0\r\n\r\n'),
    ("a length behind", b"0\r\nContent-Length: 5\r\n\r\n"),
    ("a coding behind", b"0\r\ntransfer-encoding: chunked\r\n\r\n"),
    ("no name", b"0\r\n: x\r\n\r\n"),
    ("no colon", b"0\r\nabc\r\n\r\n"),
    ("space before the colon", b"0\r\nA : x\r\n\r\n"),
    ("a fold", b"0\r\nA: x\r\n y\r\n\r\n"),
    ("a bad name", b"0\r\nX@: 1\r\n\r\n"),
    ("NUL in a trailer", b"0\r\nA: \x00\r\n\r\n"),
    ("a long extension", b"5;" + b"a" * (OVERHEAD + 50) + b"\r\nhello\r\n0\r\n\r\n"),
    ("many extensions", (b"1;" + b"a" * 100 + b"\r\nx\r\n") * 1000 + b"0\r\n\r\n"),
    ("a long trailer", b"0\r\nA: " + b"b" * TRAILERS + b"\r\n\r\n"),
    ("too many trailers", b"0\r\n" + b"A: b\r\n" * (MOST_TRAILERS + 1) + b"\r\n"),
    ("endless digits", b"0" * 20_000),
]  # fmt: skip


def read(*pieces: bytes) -> tuple[Chunked, bytes]:
    chunked = Chunked()
    return chunked, b"".join(chunked.feed(piece) for piece in pieces)


def dripped(raw: bytes) -> list[bytes]:
    return [raw[at : at + 1] for at in range(len(raw))]


@pytest.mark.parametrize(("rule", "raw", "content"), LEGAL)
def test_legal(rule: str, raw: bytes, content: bytes) -> None:
    for pieces in ([raw], dripped(raw)):
        chunked, got = read(*pieces)
        assert (got, chunked.complete, chunked.flaw) == (content, True, None)
        assert chunked.rest == b""


@pytest.mark.parametrize(("rule", "raw"), HOSTILE)
def test_hostile(rule: str, raw: bytes) -> None:
    for pieces in ([raw], dripped(raw)):
        chunked, _ = read(*pieces)
        assert chunked.flaw is not None
        assert not chunked.complete
        assert chunked.feed(b"5\r\nhello\r\n0\r\n\r\n") == b""


def test_small_chunks_are_no_overhead() -> None:
    chunked, got = read(b"1\r\nx\r\n" * 20_000, b"0\r\n\r\n")
    assert chunked.complete
    assert len(got) == 20_000


def test_what_comes_behind_is_kept() -> None:
    chunked, got = read(b"1\r\nx\r\n0\r\n\r\nGET / ", b"HTTP/1.1")
    assert (got, chunked.rest) == (b"x", b"GET / HTTP/1.1")


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_any_cuts_of_any_content(contents: list[bytes], cuts: list[int]) -> None:
    raw = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in contents) + b"0\r\n\r\n"
    edges = sorted({0, len(raw), *(min(cut, len(raw)) for cut in cuts)})
    pieces = [raw[a:b] for a, b in pairwise(edges)]
    chunked, got = read(*pieces)
    assert chunked.complete
    assert got == b"".join(contents)


class Opinion:
    """What llhttp makes of a body."""

    def __init__(self) -> None:
        self.content = b""
        self.complete = False

    def on_body(self, data: bytes) -> None:
        self.content += data

    def on_message_complete(self) -> None:
        self.complete = True


@given(st.text('0125a;="x \r\n\t:A', max_size=60).map(str.encode))
@example(b"1\r\nx\r\n0\r\n\r\n")
def test_what_passes_here_passes_llhttp_alike(raw: bytes) -> None:
    chunked, got = read(raw)
    if not chunked.complete:
        return
    opinion = Opinion()
    parser = HttpRequestParser(opinion)
    parser.feed_data(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    try:
        parser.feed_data(raw[: len(raw) - len(chunked.rest)])
    except HttpParserError as error:
        raise AssertionError(raw) from error
    assert opinion.complete
    assert opinion.content == got
