import pytest

from sidecar.policy.trust import Networks
from sidecar.proxy.belief import believe
from sidecar.proxy.route import Timeouts
from sidecar.units import NEVER
from tests.proxy.script import Client, exchange, request, route


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


@pytest.mark.parametrize(
    ("rule", "value", "due"),
    [
        ("it waits less long than we", b"1500", 1.5),
        ("not so long that we would wait longer", b"60000", 30.0),
        ("it says nothing", None, 30.0),
        ("rubbish", b"soon", 30.0),
        ("nor is this a number", b"-5", 30.0),
        ("much too long", b"9" * 10, 30.0),
        ("it is too late", b"0", 0.0),
    ],
)
def test_nobody_waits_longer_than_who_asks(rule, value, due):
    values = {} if value is None else {b"x-timeout": value}
    timeouts = Timeouts(request=30.0, tell=b"x-timeout")
    one = exchange(head=request(values=values), of=route(timeouts=timeouts))
    believe(one, Networks(["192.0.2.0/24"]))
    assert one.due == due
    assert min(one.wanted_by, 30.0) == due


def test_where_nobody_is_told_nobody_is_heard():
    one = exchange(head=request(values={b"x-timeout": b"1"}))
    believe(one, Networks(["192.0.2.0/24"]))
    assert one.wanted_by == NEVER
