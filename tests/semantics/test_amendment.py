"""A request that goes on otherwise than it came."""

from sidecar.semantics.amendment import amend
from sidecar.semantics.message import RequestHead


def head():
    fields = [(b"Accept", b"a"), (b"If-Match", b"x"), (b"accept", b"b")]
    values = {b"accept": b"a, b", b"if-match": b"x"}
    return RequestHead(
        b"GET", b"/", 1, b"h", fields, values, passing=[b"Accept: a\r\n"]
    )


def test_a_field_gets_another_value():
    request = head()
    said = request.values
    amend(request, {b"accept": b"c"})
    assert request.fields == [(b"If-Match", b"x"), (b"Accept", b"c")]
    assert request.values == {b"accept": b"c", b"if-match": b"x"}
    assert said == {b"accept": b"a, b", b"if-match": b"x"}


def test_a_field_is_taken_away():
    request = head()
    amend(request, {b"accept": None, b"range": None})
    assert request.fields == [(b"If-Match", b"x")]
    assert request.values == {b"if-match": b"x"}


def test_lines_that_were_known_no_longer_are():
    request = head()
    amend(request, {})
    assert request.passing is None
