import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ResponseInvalid
from sidecar.upstream.chunked import FRAME, MOST_TRAILERS, OVERHEAD, Chunked

LAST = b"0\r\n\r\n"


def unpacked(*pieces: bytes) -> tuple[bytes, bool, bool]:
    chunked = Chunked()
    body = b"".join([chunked.feed(piece) for piece in pieces])
    return body, chunked.complete, chunked.surplus


@pytest.mark.parametrize(
    ("rule", "data", "body", "complete"),
    [
        ("nothing", LAST, b"", True),
        ("one chunk", b"5\r\nhello\r\n" + LAST, b"hello", True),
        ("two chunks", b"5\r\nhello\r\n1\r\n!\r\n" + LAST, b"hello!", True),
        ("either case", b"A\r\n0123456789\r\na\r\n0123456789\r\n" + LAST, b"01234567890123456789", True),
        ("leading zeros", b"0005\r\nhello\r\n000\r\n\r\n", b"hello", True),
        ("an extension", b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n', b"hello", True),
        ("trailers are dropped", b"5\r\nhello\r\n0\r\nX: y\r\nZ: w\r\n\r\n", b"hello", True),
        ("what looks like an end", b"5\r\n0\r\n\r\n\r\n" + LAST, b"0\r\n\r\n", True),
        ("no last chunk", b"5\r\nhello\r\n", b"hello", False),
        ("no end of trailers", b"5\r\nhello\r\n0\r\n", b"hello", False),
        ("a part of a chunk", b"5\r\nhel", b"hel", False),
    ],
)  # fmt: skip
def test_unpacks(rule, data, body, complete):
    assert unpacked(data) == (body, complete, False)
    assert unpacked(*[bytes([byte]) for byte in data]) == (body, complete, False)


@pytest.mark.parametrize(
    "data",
    [
        b"0x5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"0_5\r\nhello\r\n",
        b"zz\r\nhello\r\n",
        b"\r\nhello\r\n",
        b"fffffffffffffffff\r\n",
        b"5\nhello\r\n",
        b"5\rXhello\r\n",
        b"5\r\r\nhello\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5;\nxx\r\nhello\r\n",
        b"5;a\rb\r\nhello\r\n",
        b"5;\x01\r\nhello\r\n",
        b'5;a="b\r\n"\r\nhello\r\n',
        b"0\r\n\n",
        b"0\r\nX : y\r\n\r\n",
        b"0\r\nX: y\n\r\n",
        b"0\r\nX: y\r\n z\r\n\r\n",
        b"0\r\nContent-Length: 5\r\n\r\n",
        b"0\r\nno colon\r\n\r\n",
    ],
)
def test_refuses(data):
    with pytest.raises(ResponseInvalid):
        unpacked(data)
    with pytest.raises(ResponseInvalid):
        unpacked(*[bytes([byte]) for byte in data])


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("an endless extension", b"5;" + b"a" * (OVERHEAD + 100)),
        ("extensions of many chunks", (b"1;" + b"a" * FRAME + b"\r\nx\r\n") * OVERHEAD),
        ("an endless size", b"0" * (OVERHEAD + 100)),
        ("an endless trailer", b"0\r\nX: " + b"y" * (OVERHEAD + 100)),
        ("too many trailers", b"0\r\n" + b"X: y\r\n" * (MOST_TRAILERS + 1) + b"\r\n"),
    ],
)
def test_bounds(rule, data):
    with pytest.raises(ResponseInvalid):
        unpacked(data)


def test_many_small_chunks_are_no_overhead():
    data = b"1\r\nx\r\n" * (OVERHEAD * 2)
    assert unpacked(data + LAST) == (b"x" * (OVERHEAD * 2), True, False)


@pytest.mark.parametrize(
    "extra",
    [b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"X", b"0", b"HT", b"HTTP/1.1 200 OK\r\n\r\n", LAST],
)  # fmt: skip
def test_more_than_the_body_is_surplus(extra):
    body = b"5\r\nhello\r\n" + LAST
    assert unpacked(body + extra) == (b"hello", True, True)
    assert unpacked(body, extra) == (b"hello", True, True)
    assert unpacked(body[:-1], body[-1:] + extra) == (b"hello", True, True)


@given(st.lists(st.binary(min_size=1, max_size=40)), st.lists(st.integers(1, 30)))
def test_any_chunks_in_any_pieces_give_the_body(chunks, sizes):
    data = b"".join([b"%x\r\n%b\r\n" % (len(one), one) for one in chunks]) + LAST
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    assert unpacked(*pieces, data) == (b"".join(chunks), True, False)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_body_or_invalid(data):
    try:
        body, complete, _ = unpacked(data)
    except ResponseInvalid:
        return
    assert len(body) <= len(data)
    assert not complete or data.find(b"0\r\n") >= 0
