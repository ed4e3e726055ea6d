"""What is in effect for a route, and where each was said."""

from sidecar.explain.settings import Setting, settings, source
from tests.explain.example import FILE, loaded

CANARY = "canary"


def line(text):
    return next(n for n, one in enumerate(FILE.splitlines(), 1) if text in one)


def test_each_says_where_it_was_said(tmp_path):
    given = loaded(tmp_path)
    found = {one.name: one for one in settings(given, 0)}
    at = f"{tmp_path}/sidecar.yaml:{{}}".format
    assert found["cache.ttl"] == Setting(
        "cache.ttl", "5m", "routes[0].cache.ttl", at(line("ttl:"))
    )
    assert found["timeouts.request"] == Setting(
        "timeouts.request", "20s", "defaults.timeouts.request", at(line("request: 20s"))
    )
    assert found["timeouts.connect"].source == "default"
    assert found["upstream.url"].key == "upstreams.shop.url"
    assert not any(name.startswith(("match", "admin", "store")) for name in found)


def test_a_variable_is_named(tmp_path):
    given = loaded(tmp_path, "", SIDECAR_UPSTREAM="http://127.0.0.1:1")
    found = {one.name: one for one in settings(given, 0)}
    assert found["upstream.url"].source == "environment SIDECAR_UPSTREAM"


def test_what_is_one_value_in_the_file_and_a_list_in_effect(tmp_path):
    given = loaded(tmp_path, "defaults:\n  rate_limit:\n    rate: 1/s\n")
    found = {one.name: one for one in settings(given, 0)}
    rate = found["rate_limit[0].rate"]
    assert rate.key == "defaults.rate_limit.rate"
    assert rate.source == f"{tmp_path}/sidecar.yaml:3"


def test_secrets_stay_where_they_are(tmp_path):
    assert CANARY in FILE
    for index in range(3):
        assert CANARY not in str(list(settings(loaded(tmp_path), index))).lower()


def test_source(tmp_path):
    given = loaded(tmp_path)
    assert source(given, "routes", 1).endswith(f":{line('name: raw')}")
    assert source(given, "routes", 2) == "default"
    assert source(given, "routes", 0, "cache", "ttl").endswith(f":{line('ttl:')}")
