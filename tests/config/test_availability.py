import pytest

from sidecar.config.availability import TABLE, is_absent
from sidecar.config.outline import fits, keys


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tls: {cert: a, key: b}", "tls"),
        ("telemetry: {tracing: {otlp: http://x}}", "telemetry.tracing"),
        ("telemetry: {sentry: http://x}", "telemetry.sentry"),
        ("alerts: {webhooks: [{url: http://x}]}", "alerts.webhooks"),
        ("alerts: {rules: {memory: 90%}}", "alerts.rules"),
    ],
)
def test_what_is_not_there_cannot_be_used(mistakes, text, path):
    [mistake] = mistakes(text)
    assert mistake.message == f"not available yet: {path}"
    key = path.rpartition(".")[2].partition("[")[0]
    assert (mistake.line, mistake.column) == (1, text.index(key + ":") + 1)


@pytest.mark.parametrize("off", ["off", "false", "null", "~"])
def test_what_is_not_there_can_be_off(loaded, off):
    found = loaded(f"store: {{disk: {off}}}\nmemory: {off}\ntls: {off}").config
    assert not found.store.disk
    assert not found.tls


def test_a_wrong_value_is_one_mistake(mistakes):
    [mistake] = mistakes("workers: true")
    assert "a whole number or auto is needed" in mistake.message


@pytest.mark.parametrize("pattern", TABLE, ids=".".join)
def test_every_row_is_a_key(pattern):
    assert any(fits(p, pattern[:-1]) and pattern[-1] in k for p, k in keys().items())


def test_absent_features_are_known_by_their_path():
    assert is_absent(("telemetry", "tracing"))
    assert not is_absent(("workers",))
    assert not is_absent(("limits", "fields"))
