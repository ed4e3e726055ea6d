from sidecar.policy.trust import Networks
from sidecar.proxy.belief import believe
from tests.proxy.script import Client, exchange, request


def test_what_a_trusted_proxy_says_is_taken_over():
    values = {
        b"x-forwarded-for": b"203.0.113.7",
        b"x-forwarded-proto": b"https",
        b"x-forwarded-host": b"shop.example",
        b"x-forwarded-port": b"8443",
    }
    one = exchange(Client(peer="192.0.2.1"), request(values=values))
    believe(one, Networks(["192.0.2.0/24"]))
    assert one.trusted
    assert (one.client, one.scheme) == ("203.0.113.7", "https")
    assert (one.forwarded_host, one.forwarded_port) == (b"shop.example", 8443)


def test_what_it_does_not_say_stays():
    one = exchange(Client(peer="192.0.2.1"))
    believe(one, Networks(["192.0.2.0/24"]))
    assert (one.client, one.scheme) == ("192.0.2.1", "http")
    assert one.forwarded_host == b"example.org"
