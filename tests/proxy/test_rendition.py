import pytest

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.rendition import rendition
from sidecar.storage.entry import Stored
from sidecar.units import Timestamp

LINES = b'Content-Type: text/plain\r\nETag: "a"\r\nCache-Control: max-age=5\r\n'


def entry(status=200, body=b"hello"):
    return Stored(
        b"http://a/",
        status,
        LINES,
        body,
        Timestamp(0),
        Timestamp(0),
        Lifetimes(),
        b'"a"',
    )


@pytest.mark.parametrize(
    ("rule", "status", "edits", "head"),
    [
        (
            "as it is stored",
            200,
            NO_EDITS,
            b"HTTP/1.1 200 OK\r\n" + LINES + b"Content-Length: 5\r\n",
        ),
        ("without content", 204, NO_EDITS, b"HTTP/1.1 204 No Content\r\n" + LINES),
        (
            "edited",
            404,
            Edits.of({"X-A": "1"}, ["etag"]),
            (
                b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"
                b"Cache-Control: max-age=5\r\nX-A: 1\r\nContent-Length: 5\r\n"
            ),
        ),
        (
            "a status without a phrase",
            299,
            NO_EDITS,
            b"HTTP/1.1 299 \r\n" + LINES + b"Content-Length: 5\r\n",
        ),
    ],
)
def test_head(rule, status, edits, head):
    assert rendition(entry(status), edits).head == head, rule


def test_not_modified_says_nothing_of_the_representation():
    found = rendition(entry(), NO_EDITS)
    assert found.not_modified == (
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=5\r\n'
    )
    assert (found.etag, found.content) == (b'"a"', b"hello")
