import pytest
from pydantic import ValidationError

from sidecar.config import schema_protection as schema


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.RateLimit, {"rate": "1/s", "by": "header:X-A"}),
        (schema.RateLimit, {"rate": "1/s", "name": "burst", "cost": "time"}),
        (schema.Concurrency, {"max": 4, "per_user": 1}),
        (schema.Breaker, {"counts": ["connect", "500-599", "503"]}),
        (schema.Concurrency, {"max": 4, "queue": "off"}),
        (schema.Hedge, {"after": "50ms"}),
        (schema.Retry, {"statuses": [503]}),
        (schema.Breaker, {"open_for": "10m", "max_open": "10m"}),
        (schema.Fallback, {"content_type": "text/html; charset=utf-8"}),
    ],
)
def test_accepts(section, given):
    assert section.model_validate(given)


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.RateLimit, {}),
        (schema.RateLimit, {"rate": "1/s", "name": 'a"b'}),
        (schema.RateLimit, {"rate": "1/s", "by": "mood"}),
        (schema.Breaker, {"counts": ["sometimes"]}),
        (schema.Breaker, {"counts": ["599-500"]}),
        (schema.Breaker, {"open_for": "10m"}),
        (schema.Fallback, {"content_type": "text/plain\r\nX: y"}),
        (schema.Fallback, {"content_type": "text/☃"}),
        (schema.Fallback, {"content_type": "plain"}),
        (schema.Concurrency, {"max": 0}),
        (schema.Retry, {"attempts": 11}),
    ],
)
def test_refuses(section, given):
    with pytest.raises(ValidationError):
        section.model_validate(given)
