"""An answer from the file, or none."""

import pytest

from sidecar.proxy.answer import Answer
from sidecar.proxy.fallback import NO_FALLBACK, Configured


def said(one: Configured) -> Answer:
    answer = one.answer(b"GET")
    assert answer is not None
    return answer


def test_what_the_file_says():
    answer = said(Configured(200, b"application/json", b"[]"))
    assert (answer.status, answer.content) == (200, b"[]")
    assert answer.fields == [
        (b"Content-Type", b"application/json"),
        (b"Cache-Control", b"no-store"),
    ]


def test_nobody_shares_its_fields():
    one = Configured(200, b"application/json", b"[]")
    said(one).fields.append((b"X", b"y"))
    assert len(said(one).fields) == 2


@pytest.mark.parametrize(
    ("rule", "status", "method", "given"),
    [
        ("who reads gets it", 200, b"HEAD", True),
        ("nobody hears that something was done that was not", 200, b"POST", False),
        ("nor that it is to be found elsewhere", 303, b"DELETE", False),
        ("nor whoever does what we do not know", 204, b"PURGE", False),
        ("an error is one for all", 503, b"POST", True),
    ],
)
def test_whom_it_is_for(rule, status, method, given):
    answer = Configured(status, b"text/plain", b"").answer(method)
    assert (answer is not None) is given


def test_nothing():
    assert NO_FALLBACK.answer(b"GET") is None
