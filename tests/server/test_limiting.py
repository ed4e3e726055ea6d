"""Identities and limits, by the file."""

from typing import TYPE_CHECKING, cast

import jwt
import pytest

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.identity import Kind
from sidecar.proxy.clock import Clock
from sidecar.proxy.phases import OPEN
from sidecar.proxy.single_admission import SingleAdmission
from sidecar.server.limiting import Limiting, Means
from sidecar.storage.shared_buckets import SharedBuckets
from sidecar.telemetry.metrics import Metrics
from tests.proxy.script import Client, exchange, request
from tests.server.configured import configured, named

if TYPE_CHECKING:
    from sidecar.storage.ledger import Ledger

SECRET = "s" * 40
FILE = """
identity:
  - jwt: {secret: "${KEY}", tier: plan}
  - header: {name: X-User, tier: X-Plan}
  - api_key: {}
  - cookie: {name: session}
  - ip: {v6_prefix: 48}
  - api_key: {header: x-never}
defaults:
  rate_limit: {rate: 2/h, tiers: {gold: 5/h, "très cher": 7/h}}
routes:
  - {name: one, match: {path: /one}}
  - {name: two, match: {path: /two}}
  - {name: own, match: {path: /own}, rate_limit: [{rate: 3/h, by: ip}, {rate: 9/h, by: "header:X-T", headers: "off", name: tenant}]}
  - {name: miss, match: {path: /miss}, rate_limit: {rate: 1/h, cost: miss, headers: legacy}}
  - {name: seen, match: {path: /seen}, rate_limit: [{rate: 1/h, mode: observe}, {rate: 1/h, mode: observe, cost: miss}]}
  - {name: time, match: {path: /time}, rate_limit: {rate: 60/m, cost: time, by: route}}
  - {name: users, match: {path: /users}, rate_limit: "off", concurrency: {max: 9, per_user: 1}}
  - {name: none, match: {path: /none}, rate_limit: "off"}
"""


class Scene:
    def __init__(self, text=FILE, buckets=None, **means):
        self.buckets = LocalBuckets() if buckets is None else buckets
        self.config = configured(text, {"KEY": SECRET})
        self.metrics = Metrics()
        self.limiting = Limiting(
            self.config,
            Means(self.buckets, b"secret", **means),
            self.metrics,
            Clock(),
        )
        self.admissions = {
            name: self.limiting.admission(route)
            for name, route in named(self.config).items()
        }

    def ask(self, route, times=1, step="admit", **values):
        codes = []
        for _ in range(times):
            head = {name.replace("_", "-").encode(): v for name, v in values.items()}
            self.last = exchange(Client(), request(values=head))
            error = getattr(self.admissions[route], step)(self.last)
            codes.append(error and error.detail)
        return codes


def bearer(**claims):
    return b"Bearer " + jwt.encode(claims, SECRET).encode()


def test_the_short_way_is_for_one_limit_of_one_worker():
    def short(**more):
        made = Scene(**more).admissions.items()
        return {name for name, one in made if isinstance(one, SingleAdmission)}

    assert short() == {"default", "one", "two"}
    shared = SharedBuckets(cast("Ledger", None))
    assert short(buckets=shared) == set()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"authorization": bearer(sub="a")}, Kind.JWT),
        ({"x_user": b"a", "x_api_key": b"k"}, Kind.API_KEY),
        ({"cookie": b"session=1"}, Kind.COOKIE),
        ({"x_never": b"k"}, Kind.IP),
    ],
)
def test_sources_in_order(values, kind):
    scene = Scene()
    scene.ask("one", **values)
    assert scene.last.identity is not None
    assert scene.last.identity.kind is kind


def test_a_limit_of_the_defaults_is_one_limit():
    scene = Scene()
    assert scene.ask("one", 2) + scene.ask("two") == [None, None, "default"]


def test_tiers_of_a_verified_identity():
    scene = Scene()
    gold = bearer(sub="g", plan="gold")
    assert scene.ask("one", 6, authorization=gold).count(None) == 5
    assert b'"default-gold";q=5;w=3600' in scene.last.extra
    dear = bearer(sub="d", plan="très cher")
    assert scene.ask("one", 8, authorization=dear).count(None) == 7
    assert b'"default-tr_s_cher";q=7' in scene.last.extra


def test_a_route_that_is_called_like_a_tier_counts_apart():
    scene = Scene(
        FILE.replace("rate: 2/h, tiers: {gold: 5/h,", "rate: 2/h, tiers: {gold: 1/h,")
        + "  - {name: default-gold, match: {path: /x}, rate_limit: [{rate: 1/h}]}\n"
    )
    gold = bearer(sub="g", plan="gold")
    assert scene.ask("one", 2, authorization=gold) == [None, "default-gold"]
    assert scene.ask("default-gold", authorization=gold) == [None]


def test_another_rate_begins_anew():
    """Who had used up a day may go on at once where a reload allows more."""
    strict, mild = "rate: 1/7d, tiers", "rate: 100/s, tiers"
    before = Scene(FILE.replace("rate: 2/h, tiers", strict))
    assert before.ask("one", 2) == [None, "default"]
    after = Scene(FILE.replace("rate: 2/h, tiers", mild), before.buckets)
    assert after.ask("one", 5) == [None] * 5


def test_several_limits_of_a_route():
    scene = Scene()
    assert scene.ask("own", 4) == [None, None, None, "own-1"]
    assert b"tenant" not in scene.last.extra


def test_a_limit_with_a_name():
    scene = Scene(FILE.replace("rate: 3/h", "rate: 30/h"))
    assert scene.ask("own", 10, x_t=b"t")[-1] in ("tenant", "tenant-address")


class Elsewhere:
    """Users of whom another worker has one request."""

    def move(self, user, by):
        pass

    def count(self, user):
        return 1


def test_requests_that_other_workers_have_count():
    def elsewhere(route):
        assert route == b"users"
        return Elsewhere()

    scene = Scene(elsewhere=elsewhere)
    assert scene.ask("users", 1, step="toll") == ["per_user"]


def test_misses():
    scene = Scene()
    assert scene.ask("miss", 5) == [None] * 5
    assert scene.ask("miss", 2, step="toll") == [None, "miss"]
    assert scene.last.extra.startswith(b"X-RateLimit-Limit: 1\r\n")


def test_what_is_only_watched():
    scene = Scene()
    assert scene.ask("seen", 3) + scene.ask("seen", 3, step="toll") == [None] * 6
    assert scene.metrics.routes["seen"].rate_limit.counts == {"observed": 4}


def test_time():
    scene = Scene()
    scene.ask("time")
    scene.last.upstream, scene.last.first_byte = "default", 100.0
    scene.admissions["time"].settle(scene.last)
    assert scene.ask("time") == ["time"]


def test_one_of_a_user_at_once():
    scene = Scene()
    assert scene.ask("users", 2, step="toll") == [None, "per_user"]
    assert scene.metrics.routes["users"].shed.counts == {"per_user": 1}


def test_what_is_off():
    assert Scene().admissions["none"] is OPEN


def test_a_key_set_is_to_be_fetched():
    text = 'identity: [{jwt: {jwks: "https://id/keys", algorithms: [RS256]}}]'
    (key_set,) = Scene(text).limiting.key_sets
    assert (key_set.url, key_set.algorithms) == ("https://id/keys", ("RS256",))
    assert key_set.keys.candidates(None, "RS256") == []


@pytest.mark.parametrize(
    ("content", "error"), [(None, OSError), ("no key", ValueError)]
)
def test_a_key_file_that_is_none(tmp_path, content, error):
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(error):
        Scene(f"identity: [{{jwt: {{public_key: {file}, algorithms: [RS256]}}}}]")


def test_users_of_one_network_are_one():
    limiting = Scene().limiting
    ones = [
        limiting.asker.who(exchange(Client(peer=f"2001:db8:0:{n}::1"), request())).key
        for n in (1, 2)
    ]
    assert ones[0] == ones[1]
