"""Which way a request head is written, and that both write the same."""

from dataclasses import replace

import pytest

from sidecar.policy.edits import Edits
from sidecar.proxy.outgoing import Outgoing
from sidecar.proxy.route import Timeouts
from sidecar.units import Instant
from tests.proxy.script import exchange, request, route

ACCEPT = {b"accept": b"*/*"}
TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-00"


def outgoing(head, **options) -> bytes:
    one = exchange(head=head, of=route(**options))
    one.id, one.traceparent = b"7", TRACE
    return Outgoing(b"us").head(one, b"app", length=None, chunked=False)


def plain(**more):
    head = request(values=ACCEPT, **more)
    head.passing = [b"Accept: */*\r\n"]
    return head


def test_a_plain_head_is_written_as_any_other():
    assert outgoing(plain()) == outgoing(replace(plain(), passing=None))
    assert b"\r\nAccept: */*\r\n" in outgoing(plain())


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("the client's", {}, b"Host: example.org\r\n"),
        ("the upstream's", {"host": b""}, b"Host: app\r\n"),
        ("a fixed one", {"host": b"fixed"}, b"Host: fixed\r\n"),
    ],
)
def test_the_host(rule, options, expected):
    assert expected in outgoing(plain(), **options)
    assert expected in outgoing(request(), **options)


def test_edits_are_carried_out_on_a_plain_head():
    edits = Edits.of({"X-Set": "1"}, ["accept"])
    written = outgoing(plain(), request_edits=edits)
    assert b"X-Set: 1\r\n" in written
    assert b"Accept" not in written


def test_a_trusted_proxy_is_appended_to():
    head = plain()
    head.values = head.values | {b"x-forwarded-for": b"198.51.100.1"}
    one = exchange(head=head)
    one.trusted, one.id, one.traceparent = True, b"7", TRACE
    written = Outgoing(b"us").head(one, b"app", length=None, chunked=False)
    assert b"X-Forwarded-For: 198.51.100.1, 192.0.2.1\r\n" in written


@pytest.mark.parametrize(
    ("now", "said"), [(0.0, b"30000"), (28.5, b"1500"), (31.0, b"0")]
)
def test_what_is_left_is_told(now, said):
    one = exchange(of=route(timeouts=Timeouts(request=30.0, tell=b"x-timeout-ms")))
    head = Outgoing(b"us").hurried(b"GET / HTTP/1.1\r\n\r\n", one, Instant(now))
    assert head == b"GET / HTTP/1.1\r\nx-timeout-ms: " + said + b"\r\n\r\n"
