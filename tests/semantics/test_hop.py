"""What a proxy adds: RFC 9110 §7.6.3, RFC 7239 and the X-Forwarded fields."""

from dataclasses import replace

import pytest

from sidecar.semantics.hop import Hop, added, passes, public_port
from sidecar.semantics.message import RequestHead

HEAD = RequestHead(b"GET", b"/", 1, b"example.org", [], {})
STRANGER = Hop(
    "192.0.2.1", "http", b"example.org:8080", 8080, trusted=False, request_id=b"7"
)
PROXY = replace(STRANGER, trusted=True)
V6 = replace(PROXY, peer="2001:db8::1")
UNIX = replace(PROXY, peer="")
TRACED = replace(STRANGER, traceparent=b"00-b-01")

XFF, PROTO, HOST, PORT = (
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"x-forwarded-port",
)
ANY = b"192.0.2.1"
FORWARDED = b'for=192.0.2.1;host="example.org:8080";proto=http'
FORWARDED_V6 = b'for="[2001:db8::1]";host="example.org:8080";proto=http'
FORWARDED_UNIX = b'for=unknown;host="example.org:8080";proto=http'


@pytest.mark.parametrize(
    ("rule", "hop", "said", "name", "value"),
    [
        ("the peer", STRANGER, {}, XFF, ANY),
        ("what a stranger says is replaced", STRANGER, {XFF: b"6.6.6.6"}, XFF, ANY),
        (
            "appended for a trusted proxy",
            PROXY,
            {XFF: b"6.6.6.6"},
            XFF,
            b"6.6.6.6, " + ANY,
        ),
        ("a unix socket has no address", UNIX, {}, XFF, None),
        ("but what came before it stays", UNIX, {XFF: b"6.6.6.6"}, XFF, b"6.6.6.6"),
        ("the scheme", STRANGER, {PROTO: b"https"}, PROTO, b"http"),
        ("a trusted one passes as it is", PROXY, {PROTO: b"https"}, PROTO, None),
        ("the host", STRANGER, {HOST: b"evil"}, HOST, b"example.org:8080"),
        ("a trusted one passes as it is", PROXY, {HOST: b"a"}, HOST, None),
        ("the port", STRANGER, {PORT: b"1"}, PORT, b"8080"),
        ("a trusted one passes as it is", PROXY, {PORT: b"1"}, PORT, None),
        ("our port does not fit their scheme", PROXY, {PROTO: b"https"}, PORT, None),
        ("Forwarded is not begun", PROXY, {}, b"forwarded", None),
        (
            "nor continued for strangers",
            STRANGER,
            {b"forwarded": b"for=a"},
            b"forwarded",
            None,
        ),
        (
            "only for trusted ones",
            PROXY,
            {b"forwarded": b"for=a"},
            b"forwarded",
            b"for=a, " + FORWARDED,
        ),
        (
            "IPv6 in quotes and brackets",
            V6,
            {b"forwarded": b"for=a"},
            b"forwarded",
            b"for=a, " + FORWARDED_V6,
        ),
        (
            "no address",
            UNIX,
            {b"forwarded": b"for=a"},
            b"forwarded",
            b"for=a, " + FORWARDED_UNIX,
        ),
        ("Via is begun", STRANGER, {}, b"via", b"1.1 sidecar"),
        (
            "and continued, for loops",
            STRANGER,
            {b"via": b"1.1 a"},
            b"via",
            b"1.1 a, 1.1 sidecar",
        ),
        ("the id is ours", STRANGER, {b"x-request-id": b"8"}, b"x-request-id", b"7"),
        ("no trace", STRANGER, {}, b"traceparent", None),
        (
            "the trace passes",
            STRANGER,
            {b"traceparent": b"00-a-01"},
            b"traceparent",
            b"00-a-01",
        ),
        (
            "or is replaced",
            TRACED,
            {b"traceparent": b"00-a-01"},
            b"traceparent",
            b"00-b-01",
        ),
    ],
)
def test_added(rule, hop, said, name, value):
    fields = added(replace(HEAD, values=said), hop)
    found = [one for own, one in fields if own.lower() == name]
    assert found == ([] if value is None else [value])


def test_via_names_the_version_that_was_received():
    fields = dict(added(replace(HEAD, minor=0), STRANGER))
    assert fields[b"Via"] == b"1.0 sidecar"


@pytest.mark.parametrize(
    ("rule", "authority", "scheme", "port"),
    [
        ("as Host says", b"example.org:8080", "http", 8080),
        ("the default of http", b"example.org", "http", 80),
        ("and of https", b"example.org", "https", 443),
        ("an address is no port", b"[2001:db8::1]", "http", 80),
        ("after an address", b"[2001:db8::1]:81", "http", 81),
        ("an empty one", b"example.org:", "http", 80),
        ("no Host at all", b"", "http", 80),
    ],
)
def test_public_port(rule, authority, scheme, port):
    assert public_port(authority, scheme) == port


@pytest.mark.parametrize(
    ("rule", "via", "times"),
    [
        ("no field", None, 0),
        ("others only", b"1.1 other, 1.0 fred (Apache/1.1)", 0),
        ("once", b"1.1 other, 1.1 sidecar-3f2a", 1),
        (
            "twice, with protocol and comment",
            b"HTTP/1.1 sidecar-3f2a (us),1.1 b, 1.1 sidecar-3f2a",
            2,
        ),
        ("another instance", b"1.1 sidecar-3f2b, 1.1 sidecar-3f2a1", 0),
        ("in a comment", b"1.1 other (sidecar-3f2a)", 0),
        ("no protocol before it", b"sidecar-3f2a", 0),
        ("rubbish", b", ,,sidecar-3f2a,", 0),
    ],
)
def test_passes(rule, via, times):
    values = {} if via is None else {b"via": via}
    assert passes(values, b"sidecar-3f2a") == times


def test_own_entry_is_found_again():
    fields = dict(added(HEAD, replace(STRANGER, pseudonym=b"sidecar-1")))
    assert passes({b"via": fields[b"Via"]}, b"sidecar-1") == 1
