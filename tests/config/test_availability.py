import pytest

from sidecar.config.availability import TABLE, is_absent
from sidecar.config.outline import fits, keys


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tls: {cert: a, key: b}", "tls"),
        ("store: {memory: 1GiB}", "store.memory"),
        ("store: {disk: {path: /x}}", "store.disk"),
        ("store: {redis: {url: redis://x}}", "store.redis"),
        ("telemetry: {tracing: {otlp: http://x}}", "telemetry.tracing"),
        ("telemetry: {sentry: http://x}", "telemetry.sentry"),
        ("alerts: {webhooks: [{url: http://x}]}", "alerts.webhooks"),
        ("alerts: {rules: {memory: 90%}}", "alerts.rules"),
        ("memory: {recycle: true}", "memory"),
        ("upstreams: {default: {health: {path: /}}}", "upstreams.default.health"),
        ("defaults: {cache: {ttl: 5m}}", "defaults.cache"),
    ],
)
def test_what_is_not_there_cannot_be_used(mistakes, text, path):
    [mistake] = mistakes(text)
    assert mistake.message == f"not available yet: {path}"
    key = path.rpartition(".")[2].partition("[")[0]
    assert (mistake.line, mistake.column) == (1, text.index(key + ":") + 1)


@pytest.mark.parametrize("off", ["off", "false", "null", "~"])
def test_what_is_not_there_can_be_off(loaded, off):
    keys_ = [pattern[1] for pattern in TABLE if pattern[0] == "defaults"]
    sections = ", ".join(f"{key}: {off}" for key in keys_)
    found = loaded(f"defaults: {{{sections}}}\nmemory: {off}\ntls: {off}").config
    assert not any(getattr(found.routes[0], key) for key in keys_)


def test_a_wrong_value_is_one_mistake(mistakes):
    [mistake] = mistakes("workers: true")
    assert "a whole number or auto is needed" in mistake.message


@pytest.mark.parametrize("pattern", TABLE, ids=".".join)
def test_every_row_is_a_key(pattern):
    assert any(fits(p, pattern[:-1]) and pattern[-1] in k for p, k in keys().items())


def test_absent_features_are_known_by_their_path():
    assert is_absent(("routes", 3, "cache"))
    assert not is_absent(("workers",))
    assert not is_absent(("limits", "fields"))
