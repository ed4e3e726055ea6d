"""What is known of a request from its beginning on."""

from sidecar.errors import ResponseTimedOut
from sidecar.proxy.route import Timeouts
from tests.proxy.script import Client, exchange, route


def test_it_begins_with_what_the_socket_says():
    one = exchange(
        Client(peer="198.51.100.7"), of=route(timeouts=Timeouts(request=3.0))
    )
    assert (one.client, one.scheme, one.forwarded_host) == (
        "198.51.100.7",
        "http",
        b"example.org",
    )
    assert (one.due, one.trusted, one.status, one.attempts) == (3.0, False, 0, 0)
    assert (one.queue, one.connect, one.first_byte, one.body) == (None,) * 4
    assert one.route == "default"


def test_names_are_text_for_the_log():
    one = exchange()
    one.id, one.traceparent = b"a\xe9", b"00-%032x-%016x-01" % (10, 11)
    assert (one.request_id, one.trace_id) == ("a\xe9", f"{10:032x}")


def test_a_failure_is_noted_with_its_detail():
    one = exchange()
    one.failed(ResponseTimedOut("after 30s"))
    assert (one.error, one.detail) == ("upstream_timeout", "after 30s")
