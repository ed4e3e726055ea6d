"""Who the client is: only trusted peers are believed, and only from the right."""

from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.trust import MOST_HOPS, Client, Networks, client

OURS = Networks(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"])


@pytest.mark.parametrize(
    ("rule", "networks", "address", "inside"),
    [
        ("in it", ["10.0.0.0/8"], "10.255.255.255", True),
        ("next to it", ["10.0.0.0/8"], "11.0.0.0", False),
        ("one address", ["192.0.2.7"], "192.0.2.7", True),
        ("one of several", ["10.0.0.0/8", "192.0.2.0/24"], "192.0.2.255", True),
        ("bits behind the prefix", ["10.1.2.3/8"], "10.9.9.9", True),
        ("all of one version", ["0.0.0.0/0"], "203.0.113.1", True),
        ("is nothing of the other", ["0.0.0.0/0"], "::1", False),
        ("IPv6", ["2001:db8::/32"], "2001:db8:ffff::1", True),
        ("in another spelling", ["2001:db8::/32"], "2001:0DB8:0::1", True),
        ("IPv4 mapped into IPv6", ["10.0.0.0/8"], "::ffff:10.0.0.1", True),
        ("a network so mapped", ["::ffff:10.0.0.0/104"], "10.9.9.9", True),
        ("with a zone", ["fe80::/10"], "fe80::1%eth0", True),
        ("a unix socket", ["0.0.0.0/0", "::/0"], "", False),
        ("a unix socket that is trusted", ["unix:"], "", True),
        ("others are not by that", ["unix:"], "10.0.0.1", False),
        ("rubbish", ["0.0.0.0/0", "::/0"], "10.0.0.1.", False),
        ("long rubbish", ["0.0.0.0/0", "::/0"], "1" * 1000, False),
        ("no networks", [], "10.0.0.1", False),
    ],
)
def test_networks(rule, networks, address, inside):
    compiled = Networks(networks)
    assert (address in compiled) is inside
    assert (address in compiled) is inside  # remembered or not
    assert bool(compiled) is bool(networks)


def test_what_is_remembered_is_bounded_and_right():
    networks = Networks(["10.0.0.0/16"])
    for number in range(20_000):
        assert f"10.0.{number // 250}.{number % 250}" in networks
        assert f"10.1.{number // 250}.{number % 250}" not in networks
    assert len(networks._known) < 10_000


@pytest.mark.parametrize(
    ("rule", "peer", "chain", "address"),
    [
        ("a stranger is not believed", "203.0.113.9", b"6.6.6.6", "203.0.113.9"),
        ("a trusted peer alone", "10.0.0.1", None, "10.0.0.1"),
        ("the only entry", "10.0.0.1", b"6.6.6.6", "6.6.6.6"),
        ("the first from the right", "10.0.0.1", b"1.1.1.1, 6.6.6.6", "6.6.6.6"),
        (
            "behind proxies of ours",
            "10.0.0.1",
            b"1.1.1.1,6.6.6.6 , 10.0.0.3,\t10.0.0.2",
            "6.6.6.6",
        ),
        ("all ours: the farthest", "10.0.0.1", b"10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (
            "rubbish ends the walk",
            "10.0.0.1",
            b"6.6.6.6, unknown, 10.0.0.2",
            "10.0.0.2",
        ),
        ("rubbish at once", "10.0.0.1", b"6.6.6.6, _hidden", "10.0.0.1"),
        ("an empty entry too", "10.0.0.1", b"6.6.6.6,, 10.0.0.2", "10.0.0.2"),
        ("an empty field", "10.0.0.1", b"", "10.0.0.1"),
        ("a port", "10.0.0.1", b"6.6.6.6:1234", "6.6.6.6"),
        ("no port", "10.0.0.1", b"6.6.6.6:a", "10.0.0.1"),
        ("IPv6", "10.0.0.1", b"2001:DB9::0:1", "2001:db9::1"),
        ("in brackets", "10.0.0.1", b"[2001:db9::1]", "2001:db9::1"),
        ("with a port", "10.0.0.1", b"[2001:db9::1]:80", "2001:db9::1"),
        ("with rubbish", "10.0.0.1", b"[2001:db9::1]80", "10.0.0.1"),
        ("half a bracket", "10.0.0.1", b"[2001:db9::1", "10.0.0.1"),
        ("quotes", "10.0.0.1", b'"[2001:db9::1]:80"', "2001:db9::1"),
        ("a zone means nothing here", "10.0.0.1", b"fe80::1%eth0", "fe80::1"),
        ("IPv4 has none", "10.0.0.1", b"6.6.6.6%eth0", "10.0.0.1"),
        ("IPv4 mapped", "::ffff:10.0.0.1", b"::ffff:6.6.6.6", "6.6.6.6"),
        ("leading zeros are octal to some", "10.0.0.1", b"6.6.6.06", "10.0.0.1"),
        ("not ASCII", "10.0.0.1", b"6.6.6.\xb2", "10.0.0.1"),
        ("long", "10.0.0.1", b"6" * 10_000, "10.0.0.1"),
        ("a unix socket", "", b"6.6.6.6", ""),
    ],
)
def test_address(rule, peer, chain, address):
    values = {} if chain is None else {b"x-forwarded-for": chain}
    assert client(peer, values, OURS).address == address


def test_a_chain_is_walked_so_far_and_no_farther():
    ours = b", 10.0.0.2" * (MOST_HOPS - 1)
    assert (
        client("10.0.0.1", {b"x-forwarded-for": b"6.6.6.6" + ours}, OURS).address
        == "6.6.6.6"
    )
    longer = b"6.6.6.6, 10.0.0.3" + ours
    assert client("10.0.0.1", {b"x-forwarded-for": longer}, OURS).address == "10.0.0.3"
    forwarded = longer.replace(b"6.6", b"for=6.6", 1).replace(b"10.", b"for=10.")
    assert client("10.0.0.1", {b"forwarded": forwarded}, OURS).address == "10.0.0.3"


@pytest.mark.parametrize(
    ("rule", "forwarded", "address"),
    [
        ("an address", b"for=6.6.6.6", "6.6.6.6"),
        (
            "the first from the right",
            b"for=1.1.1.1, for=6.6.6.6,for=10.0.0.2",
            "6.6.6.6",
        ),
        (
            "among others, in any case",
            b"proto=http; FOR=6.6.6.6 ;by=10.0.0.1",
            "6.6.6.6",
        ),
        ("IPv6", b'For="[2001:db9::1]:80"', "2001:db9::1"),
        ("escaped", b'for="6.6.6\\.6"', "6.6.6.6"),
        ("hidden", b'for=6.6.6.6, for="_x"', "10.0.0.1"),
        (
            "a comma in quotes",
            b'for=1.1.1.1, for=6.6.6.6;host="a,for=10.0.0.9"',
            "6.6.6.6",
        ),
        ("no for", b"for=6.6.6.6, proto=http", "10.0.0.1"),
        ("twice", b"for=6.6.6.6;for=10.0.0.2", "10.0.0.1"),
        (
            "malformed ends the walk",
            b"for=6.6.6.6, for 10.0.0.3, for=10.0.0.2",
            "10.0.0.2",
        ),
        ("a quote that stays open", b'for=6.6.6.6, for="10.0.0.2', "10.0.0.1"),
        ("rubbish behind", b'for="6.6.6.6"x', "10.0.0.1"),
        ("empty", b"", "10.0.0.1"),
    ],
)
def test_forwarded(rule, forwarded, address):
    assert client("10.0.0.1", {b"forwarded": forwarded}, OURS).address == address


def test_x_forwarded_for_comes_before_forwarded():
    values = {b"forwarded": b"for=1.1.1.1", b"x-forwarded-for": b"6.6.6.6"}
    assert client("10.0.0.1", values, OURS).address == "6.6.6.6"


@pytest.mark.parametrize(
    "quotes", [b'"', b'"\\', b'\\"', b'""', b"for=", b'for="a",', b"for=1.1.1.1;"]
)
def test_a_hostile_field_is_read_in_one_pass(quotes):
    # Quadratic, this would take longer than the time limit of a test.
    assert (
        client("10.0.0.1", {b"forwarded": quotes * 500_000}, OURS).address == "10.0.0.1"
    )


PROTO, HOST, PORT = b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port"


@pytest.mark.parametrize(
    ("rule", "values", "seen"),
    [
        ("nothing said", {}, (None, None, None)),
        (
            "all said",
            {PROTO: b"HTTPS", HOST: b"a.org:81", PORT: b"443"},
            ("https", b"a.org:81", 443),
        ),
        (
            "the nearest proxy's word",
            {PROTO: b"http, https", HOST: b"b, a", PORT: b"1,2"},
            ("https", b"a", 2),
        ),
        ("WebSockets", {PROTO: b"wss"}, ("https", None, None)),
        ("no such scheme", {PROTO: b"gopher"}, (None, None, None)),
        ("no host", {HOST: b"a b"}, (None, None, None)),
        ("nor a script", {HOST: b"<a>"}, (None, None, None)),
        ("no port", {PORT: b"0"}, (None, None, None)),
        ("nor one so high", {PORT: b"65536"}, (None, None, None)),
        ("nor so long", {PORT: b"1" * 5000}, (None, None, None)),
        (
            "Forwarded, of the client's element",
            {b"forwarded": b"for=6.6.6.6;proto=https;host=a, for=10.0.0.2;proto=http"},
            ("https", b"a", None),
        ),
        (
            "not of what the client itself wrote",
            {b"forwarded": b"for=1.1.1.1;proto=https, for=6.6.6.6"},
            (None, None, None),
        ),
        (
            "a hidden one says nothing",
            {b"forwarded": b"for=_a;proto=https"},
            (None, None, None),
        ),
        (
            "X-Forwarded-Proto before it",
            {PROTO: b"http", b"forwarded": b"for=6.6.6.6;proto=https"},
            ("http", None, None),
        ),
    ],
)
def test_what_a_trusted_proxy_says_of_us(rule, values, seen):
    believed = client("10.0.0.1", values, OURS)
    assert (believed.scheme, believed.host, believed.port) == seen
    assert believed.trusted
    for networks in (OURS, Networks()):
        assert client("203.0.113.9", values, networks) == Client("203.0.113.9")


addresses = st.sampled_from(["10.0.0.2", "10.0.0.3", "6.6.6.6", "1.1.1.1", "unknown"])


@given(st.lists(addresses, min_size=1, max_size=20))
def test_no_forgery_on_the_left_matters(chain):
    forged = client("10.0.0.1", {b"x-forwarded-for": ", ".join(chain).encode()}, OURS)
    ours = list(takewhile(lambda one: one.startswith("10."), reversed(chain)))
    after = chain[-len(ours) - 1] if len(ours) < len(chain) else "unknown"
    expected = after if after != "unknown" else ours[-1] if ours else "10.0.0.1"
    assert forged.address == expected


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_any_field_has_an_answer(chain, forwarded):
    assert client("10.0.0.1", {b"x-forwarded-for": chain}, OURS).address
    assert client("10.0.0.1", {b"forwarded": forwarded}, OURS).address


def test_a_proxy_on_a_unix_socket_says_who_its_client_is():
    unix = Networks(["unix:", "10.0.0.0/8"])
    values = {b"x-forwarded-for": b"1.1.1.1, 6.6.6.6, 10.0.0.3"}
    assert client("", values, unix).address == "6.6.6.6"
    assert client("", values, OURS).address == ""
    assert client("", {b"x-forwarded-for": b"?"}, unix).address == ""
