"""Who is let in, what they are told, and what is counted when."""

import pytest

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.identity import Addresses, ApiKey, Identities, digest
from sidecar.policy.quotas import By, Quota
from sidecar.policy.rate_limit import Limit
from sidecar.proxy.admission import LimitedAdmission, Limits, Stage
from sidecar.proxy.asker import Asker
from sidecar.proxy.per_user import PerUser
from sidecar.semantics.quota_fields import draft, silent
from sidecar.units import Instant, Timestamp
from tests.proxy.script import Client, exchange, request

KEYED = digest(b"secret")


def quota(count, name="limit", by=By.IDENTITY):
    limit = Limit.of(name, count, 60.0)
    return Quota(limit, by, address=limit.times(1, f"{name}-address"))


class Tally:
    def __init__(self):
        self.counts: dict[str, int] = {}

    def count(self, word):
        self.counts[word] = self.counts.get(word, 0) + 1


NO_STAGE = Stage()


class Scene:
    def __init__(
        self, arrival=NO_STAGE, miss=NO_STAGE, users=None, dialect=draft, buckets=None
    ):
        self.tally, self.shed = Tally(), Tally()
        sources = [ApiKey(b"x-api-key", KEYED)]
        self.admission = LimitedAdmission(
            Limits(
                Asker(Identities(sources, Addresses(KEYED)), lambda: Timestamp(0.0)),
                KEYED,
                LocalBuckets() if buckets is None else buckets,
                self.tally,
                self.shed,
                arrival,
                miss,
                dialect,
                users,
            )
        )

    def ask(self, times=1, key=None, peer="192.0.2.1", step="admit"):
        """The errors of so many requests."""
        found = []
        for _ in range(times):
            values = {} if key is None else {b"x-api-key": key}
            one = exchange(Client(peer=peer), request(values=values))
            error = getattr(self.admission, step)(one)
            found.append(error and error.code)
            self.last, self.error = one, error
        return found


def test_as_many_as_the_limit():
    scene = Scene(Stage((quota(2),)))
    assert scene.ask(3) == [None, None, "rate_limited"]
    assert scene.tally.counts == {"allowed": 2, "refused": 1}
    assert scene.error.members == {"violated-policies": ["limit"]}
    assert scene.error.retry_after == pytest.approx(30)


def test_what_is_said():
    scene = Scene(Stage((quota(2),)))
    scene.ask()
    assert scene.last.extra == (
        b'RateLimit-Policy: "limit";q=2;w=60\r\nRateLimit: "limit";r=1;t=30\r\n'
    )
    scene.ask(2)
    assert scene.last.extra.endswith(b'RateLimit: "limit";r=0;t=30\r\n')


def test_or_not_said():
    scene = Scene(Stage((quota(2),)), dialect=silent)
    scene.ask()
    assert scene.last.extra == b""


def test_several_limits_must_all_pass():
    scene = Scene(Stage((quota(5), quota(2, "small"))))
    assert scene.ask(3) == [None, None, "rate_limited"]
    assert scene.error.detail == "small"
    assert scene.last.extra.count(b'"limit"') == scene.last.extra.count(b'"small"') == 2
    assert b'"limit";r=3' in scene.last.extra  # the refused one cost nothing


def test_a_claim_mints_no_quota():
    scene = Scene(Stage((quota(3),)))
    codes = [scene.ask(key=b"made up %d" % n)[0] for n in range(10)]
    assert codes.count(None) == 3
    assert scene.error.detail == "limit-address"
    assert scene.last.extra.count(b'"limit') == 2  # its own, and no other
    assert scene.ask(key=b"made up", peer="192.0.2.2") == [None]


def test_where_it_only_watches_nobody_is_refused():
    scene = Scene(Stage(observed=(quota(2),)))
    assert scene.ask(5) == [None] * 5
    assert scene.tally.counts == {"observed": 3}
    assert scene.last.extra == b""


def test_misses_are_counted_apart():
    scene = Scene(miss=Stage((quota(1),)))
    assert scene.ask(5) == [None] * 5
    assert scene.ask(2, step="toll") == [None, "rate_limited"]


def test_seconds_of_the_upstream():
    scene = Scene(Stage(debts=(quota(10, by=By.ROUTE),)))
    assert scene.ask() == [None]
    scene.last.upstream, scene.last.first_byte, scene.last.body = "app", 12.0, 3.0
    scene.admission.settle(scene.last)
    assert scene.ask() == ["rate_limited"]
    assert scene.error.retry_after == pytest.approx(30)


def test_what_never_was_at_the_upstream_costs_no_seconds():
    scene = Scene(Stage(debts=(quota(10),)))
    scene.ask()
    scene.last.first_byte = 1000.0
    scene.admission.settle(scene.last)
    assert scene.ask() == [None]


def test_so_many_of_one_user_at_once():
    users = PerUser(2)
    scene = Scene(users=users)
    assert scene.ask(3, key=b"a", step="toll") == [None, None, "rate_limited"]
    assert scene.error.detail == "per_user"
    assert scene.ask(1, key=b"b", step="toll") == [None]
    assert scene.shed.counts == {"per_user": 1}
    scene.admission.settle(scene.last)
    scene.admission.settle(scene.last)  # once is enough
    assert len(users) == 1


def test_nothing_of_users_stays():
    users = PerUser(2)
    scene = Scene(users=users)
    ones = []
    for _ in range(2):
        scene.ask(key=b"a", step="toll")
        ones.append(scene.last)
    for one in ones:
        scene.admission.settle(one)
    assert len(users) == 0
    assert scene.ask(2, key=b"a", step="toll") == [None, None]


def test_users_that_are_only_watched():
    scene = Scene(users=PerUser(1, enforced=False))
    assert scene.ask(3, key=b"a", step="toll") == [None] * 3
    assert scene.shed.counts == {"observed": 2}


def test_who_asks_is_found_out_once():
    scene = Scene(Stage((quota(2),)))
    scene.ask()
    known = scene.last.identity
    assert known is not None
    scene.admission.toll(scene.last)
    assert scene.last.identity is known


def test_time_passes():
    scene = Scene(Stage((quota(1),)))
    assert scene.ask(2) == [None, "rate_limited"]
    one = exchange(Client(), request())
    one.started = Instant(60.0)
    assert scene.admission.admit(one) is None


def test_a_hundred_thousand_forged_addresses_are_one_bucket():
    """A field that a stranger sends is nobody's address."""
    buckets = LocalBuckets()
    scene = Scene(Stage((quota(100),)), buckets=buckets)
    one = exchange(Client(peer="203.0.113.9"), request())
    passed = 0
    for number in range(100_000):
        one.request.values = {b"x-forwarded-for": b"10.%d" % number}
        one.identity = None
        one.extra = b""
        passed += scene.admission.admit(one) is None
    assert (passed, len(buckets)) == (100, 1)


def test_made_up_identities_take_no_more_room_than_there_is():
    buckets = LocalBuckets(2000)
    scene = Scene(Stage((quota(100),)), buckets=buckets, dialect=silent)
    one = exchange(Client(), request())
    passed = 0
    for number in range(200_000):
        one.request.values = {b"x-api-key": b"%d" % number}
        one.identity = None
        passed += scene.admission.admit(one) is None
        assert len(buckets) <= 2002
    assert passed == 100  # the address pays for all of them
