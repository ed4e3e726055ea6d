"""The answer for whom there is no room."""

import json

from sidecar.server.overload import OVERLOAD
from tests.harness.strict import responses


def test_it_is_one_whole_response_that_closes():
    (answer,), wrong = responses(OVERLOAD, (b"GET",), closed=True)
    assert wrong is None
    fields = {name.lower(): value for name, value in answer.fields}
    assert answer.status == 503
    assert fields[b"connection"] == b"close"
    assert fields[b"retry-after"] == b"1"
    assert json.loads(answer.body)["code"] == "too_many_connections"
