from sidecar.policy.identity import Addresses, ApiKey, Identities, TrustedField, digest
from sidecar.proxy.asker import Asker
from sidecar.units import Timestamp
from tests.proxy.script import Client, exchange, request

KEYED = digest(b"secret")
ASKER = Asker(
    Identities(
        [TrustedField(b"x-user", None, KEYED), ApiKey(b"x-api-key", KEYED)],
        Addresses(KEYED),
    ),
    lambda: Timestamp(0.0),
)


def asks(values, *, trusted=True):
    one = exchange(Client(), request(values=values))
    one.trusted = trusted
    return one


def test_it_is_found_once():
    one = asks({b"x-user": b"alice"})
    who = ASKER.who(one)
    assert one.identity is who
    assert ASKER.who(one) is who


def test_who_has_proved_it():
    proven = ASKER.proven(asks({b"x-user": b"alice"}))
    assert proven
    assert proven.field == b"x-user"
    assert ASKER.proven(asks({b"x-user": b"alice"}, trusted=False)) is None
    assert ASKER.proven(asks({b"x-api-key": b"k"})) is None
    assert ASKER.proven(asks({})) is None, "an address may be many's"


def test_the_address_of_a_user():
    one = asks({b"x-user": b"alice"})
    assert ASKER.address(one) == ASKER.address(asks({}))
    assert ASKER.address(one) != ASKER.who(one)
