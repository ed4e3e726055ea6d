"""The answer for whom there is no room."""

import json

from sidecar.server.overload import OVERLOAD
from tests.harness.strict import Responses


def test_it_is_one_whole_response_that_closes():
    read = Responses((b"GET",))
    read.feed(OVERLOAD, closed=True)
    assert read.wrong is None
    (answer,) = read.done
    fields = {name.lower(): value for name, value in answer.fields}
    assert answer.status == 503
    assert fields[b"connection"] == b"close"
    assert fields[b"retry-after"] == b"1"
    assert json.loads(answer.body)["code"] == "too_many_connections"
