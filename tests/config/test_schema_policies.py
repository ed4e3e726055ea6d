import pytest
from pydantic import ValidationError

from sidecar.config import schema_policies as schema


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.Compression, {"level": "best"}),
        (schema.Compression, {"level": {"gzip": 9}}),
    ],
)
def test_accepts(section, given):
    assert section.model_validate(given)


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (schema.Compression, {"level": "most"}),
        (schema.Compression, {"level": {"gzip": 10}}),
    ],
)
def test_refuses(section, given):
    with pytest.raises(ValidationError):
        section.model_validate(given)
