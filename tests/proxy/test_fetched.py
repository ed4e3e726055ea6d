"""What becomes of an upstream's connection, and of who is blamed."""

from typing import Any, cast

import pytest

from sidecar.errors import ConnectionLost, RequestTimedOut
from sidecar.proxy.body import EMPTY, Upload
from sidecar.proxy.clock import Clock
from sidecar.proxy.fetched import Asked, Fetched
from sidecar.units import Instant
from tests.proxy.script import Client, Connection, exchange, request, response


def fetched(*body: Any) -> tuple[Connection, Upload, Fetched]:
    """A response whose request is still uploaded."""
    connection = Connection([])
    one = exchange(Client(list(body)), request(b"POST", chunked=True))
    upload = Upload(one, cast("Any", connection), b"first", Clock())
    return connection, upload, Fetched(response(), cast("Any", connection), upload)


def test_at_first_nothing_is_uploaded_and_no_head_is_here():
    asked = Asked(cast("Any", Connection([])), EMPTY, Instant(1.0))
    assert (asked.upload, asked.headed, asked.at) == (None, None, 1.0)


async def test_where_all_went_well_the_connection_stays_with_its_user():
    connection = Connection([])
    async with Fetched(response(), cast("Any", connection)):
        pass
    assert connection.diary == []


async def test_at_the_end_it_goes_back_and_nobody_uploads_any_more():
    connection, upload, one = fetched(b"more")
    await one.finish()
    assert connection.diary[-1] == "release"
    assert upload.error is None


async def test_what_fails_is_given_up():
    connection, _upload, one = fetched(b"more")
    with pytest.raises(ConnectionLost):
        async with one:
            raise ConnectionLost
    assert connection.diary[-1] == "discard"


@pytest.mark.parametrize(
    ("rule", "raised", "expected"),
    [
        ("an upstream is not blamed", ConnectionLost(), RequestTimedOut),
        ("a defect of ours is ours", KeyError(), KeyError),
    ],
)
async def test_where_the_client_failed_first(rule, raised, expected):
    connection, upload, one = fetched(RequestTimedOut())
    upload.error = RequestTimedOut()
    with pytest.raises(expected):
        async with one:
            raise raised
    assert connection.diary[-1] == "discard"
