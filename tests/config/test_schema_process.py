import pytest

from sidecar.config import schema_process as schema


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (schema.Shutdown, {"grace": "3s", "timeout": "30s"}),
        (schema.Health, {"listen": "127.0.0.1:9901", "readiness": "first-contact"}),
        (schema.Admin, {"listen": "127.0.0.1:9902", "token": None, "hosts": []}),
        (schema.Memory, {"limit": None, "recycle": True}),
        (
            schema.Rules,
            {
                "memory": "90%",
                "loop_lag": "100ms",
                "slow_rate": "10%",
                "error_rate": "5%",
                "pool_exhausted": True,
                "breaker_open": True,
            },
        ),
        (
            schema.Limits,
            {
                "head": "32KiB",
                "field": "16KiB",
                "fields": 100,
                "target": "8KiB",
                "body": None,
                "connections": "auto",
                "connections_per_ip": None,
            },
        ),
        (
            schema.AccessLog,
            {
                "format": "json",
                "sample": "100%",
                "redact": ["authorization", "cookie", "set-cookie", "x-api-key"],
            },
        ),
    ],
)
def test_contract_defaults(section, expected):
    assert section().model_dump(mode="json") == expected


def test_logs_can_be_off(loaded):
    assert loaded("telemetry: {access_log: off}").config.telemetry.access_log is None
    found = loaded("telemetry: {access_log: {format: off}}").config
    assert found.telemetry.access_log.format == "off"
