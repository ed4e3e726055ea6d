from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import BadRequest, ContentTooLarge
from sidecar.semantics.message import RequestHead
from sidecar.server.request_body import NO_BODY, RequestBody


def head(length: int | None = None, *, chunked: bool = False) -> RequestHead:
    return RequestHead(b"POST", b"/", 1, b"a", [], {}, None, length, chunked=chunked)


CHUNKS = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: dropped\r\n\r\n"


@pytest.mark.parametrize(
    ("rule", "of", "pieces", "content", "rest", "complete"),
    [
        ("whole", head(5), [b"hello"], b"hello", b"", True),
        ("in pieces", head(5), [b"he", b"llo"], b"hello", b"", True),
        ("unfinished", head(5), [b"he"], b"he", b"", False),
        ("the next request", head(5), [b"helloGET /"], b"hello", b"GET /", True),
        ("chunked", head(chunked=True), [CHUNKS], b"hello world", b"", True),
        (
            "behind chunks",
            head(chunked=True),
            [CHUNKS + b"G"],
            b"hello world",
            b"G",
            True,
        ),
        ("no last chunk", head(chunked=True), [CHUNKS[:10]], b"hello", b"", False),
        ("nothing wanted", head(0), [], b"", b"", True),
    ],
)
def test_feed(
    rule: str,
    of: RequestHead,
    pieces: list[bytes],
    content: bytes,
    rest: bytes,
    complete: bool,  # noqa: FBT001
) -> None:
    body = RequestBody(of, None)
    left = b"".join(body.feed(piece) for piece in pieces)
    assert (left, body.complete, body.received) == (rest, complete, len(content))
    assert body.buffered == len(content)
    assert body.take() == content
    assert (body.take(), body.buffered) == (b"", 0)


@pytest.mark.parametrize("of", [head(5), head(chunked=True)])
def test_at_the_limit_passes_and_one_more_does_not(of: RequestHead) -> None:
    sent = b"hello" if of.content_length else b"5\r\nhello\r\n0\r\n\r\n"
    body = RequestBody(of, 5)
    body.feed(sent)
    assert body.complete
    body = RequestBody(of, 4)
    body.feed(sent)
    assert isinstance(body.flaw, ContentTooLarge)
    assert not body.complete


@pytest.mark.parametrize(
    "sent", [b"x\r\n", b"5\nhello\n", b"-1\r\n", b"1;" + b"x" * 20_000, b"5\r\nhelloX"]
)
def test_malformed_chunks(sent: bytes) -> None:
    body = RequestBody(head(chunked=True), None)
    body.feed(sent)
    assert isinstance(body.flaw, BadRequest)
    assert body.feed(b"more") == b""


def test_no_body_is_complete() -> None:
    assert NO_BODY.complete
    assert not NO_BODY.received


@given(st.lists(st.integers(0, len(CHUNKS)), max_size=8))
def test_any_cuts_give_the_same_bytes(cuts: list[int]) -> None:
    body = RequestBody(head(chunked=True), None)
    edges = [0, *sorted(cuts), len(CHUNKS)]
    for begin, end in pairwise(edges):
        body.feed(CHUNKS[begin:end])
    assert body.complete
    assert body.take() == b"hello world"
