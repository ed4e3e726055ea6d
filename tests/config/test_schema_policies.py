import pytest
from pydantic import ValidationError

from sidecar.config import schema_policies as schema


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.Compression, {"level": "best"}),
        (schema.Compression, {"level": {"gzip": 9}}),
        (schema.RateLimit, {"rate": "1/s", "by": "header:X-A"}),
        (schema.Breaker, {"counts": ["connect", "500-599", "503"]}),
        (schema.Concurrency, {"max": 4, "queue": "off"}),
        (schema.Hedge, {"after": "50ms"}),
        (schema.Retry, {"statuses": [503]}),
    ],
)
def test_accepts(section, given):
    assert section.model_validate(given)


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.Compression, {"level": "most"}),
        (schema.Compression, {"level": {"gzip": 10}}),
        (schema.RateLimit, {}),
        (schema.RateLimit, {"rate": "1/s", "by": "mood"}),
        (schema.Breaker, {"counts": ["sometimes"]}),
        (schema.Concurrency, {"max": 0}),
        (schema.Retry, {"attempts": 11}),
    ],
)
def test_refuses(section, given):
    with pytest.raises(ValidationError):
        section.model_validate(given)
