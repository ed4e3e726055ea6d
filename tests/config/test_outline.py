import pytest

from sidecar.config.outline import homes, is_secret, known_keys, secrets


@pytest.mark.parametrize(
    ("path", "some"),
    [
        ((), {"listen", "routes"}),
        (("routes", 3, "timeouts"), {"request", "connect"}),
        (("upstreams", "any"), {"url"}),
        (("defaults", "rate_limit"), {"rate"}),
        (("defaults", "rate_limit", 1), {"rate"}),
        (("defaults", "cache", "key", "query"), {"except"}),
    ],
)
def test_known_keys(path, some):
    assert some <= set(known_keys(path))


def test_unknown_sections_have_no_keys():
    assert known_keys(("nowhere",)) == ()


def test_secrets():
    assert set(secrets()) == {
        ("admin", "token"),
        ("store", "redis", "url"),
        ("store", "redis", "key"),
        ("identity", "*", "jwt", "secret"),
        ("telemetry", "sentry"),
        ("alerts", "webhooks", "*", "url"),
    }
    assert is_secret(("identity", 0, "jwt", "secret"))
    assert not is_secret(("admin", "listen"))


def test_homes_are_nearest_to_the_top_first():
    assert homes("cache") == ["defaults"]
    assert homes("timeout")[0] == "shutdown"
