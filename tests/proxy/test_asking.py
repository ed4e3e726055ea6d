import pytest

from sidecar.proxy.asking import asking
from sidecar.semantics.message import RequestHead
from tests.proxy.script import request

OURS = [(b"If-None-Match", b'"a"')]
VALUES = {b"if-none-match": b'"x"', b"accept-encoding": b"gzip", b"accept": b"*/*"}


@pytest.mark.parametrize(
    ("rule", "values", "conditions", "identity", "expected"),
    [
        ("nothing to change", {b"accept": b"*/*"}, [], True, {b"accept": b"*/*"}),
        (
            "the client's conditions go",
            VALUES,
            [],
            False,
            {b"accept-encoding": b"gzip", b"accept": b"*/*"},
        ),
        (
            "ours replace them",
            {b"if-modified-since": b"x"},
            OURS,
            False,
            {b"if-none-match": b'"a"'},
        ),
        (
            "content without coding",
            {b"accept-encoding": b"br"},
            [],
            True,
            {b"accept-encoding": b"identity"},
        ),
        ("which goes without saying", {}, OURS, True, {b"if-none-match": b'"a"'}),
    ],
)
def test_asking(rule, values, conditions, identity, expected):
    head = request(values=values)
    asked = asking(head, conditions, identity_encoding=identity)
    own = {b"host": b"example.org"}
    assert asked.values == own | expected, rule
    assert {name.lower(): value for name, value in asked.fields} == asked.values
    assert (asked is head) is (values == expected)
    assert head.values == own | values


def test_passing_lines_change_alike():
    head = request(values=VALUES)
    head.passing = [
        b"Accept: */*\r\n",
        b'IF-NONE-MATCH: "x"\r\n',
        b"Accept-Encoding: gzip\r\n",
    ]
    asked = asking(head, OURS, identity_encoding=True)
    assert asked.passing == [
        b"Accept: */*\r\n",
        b'If-None-Match: "a"\r\n',
        b"Accept-Encoding: identity\r\n",
    ]
    assert isinstance(asked, RequestHead)
