"""What makes responses lighter, as a file says it."""

import pytest
from pydantic import ValidationError

from sidecar.config import schema_policies as schema


@pytest.mark.parametrize(
    ("section", "data"),
    [
        (schema.Compression, {"level": "best"}),
        (schema.Compression, {"level": {"gzip": 9}}),
        (schema.Compression, {"padding": 0}),
        (schema.Compression, {"remember": "1MiB"}),
        (schema.Compression, {"remember": "off"}),
        (schema.Compression, {"encodings": ["br"]}),
        (schema.Selection, {"pass": True, "strict": True, "envelope": "data"}),
    ],
)
def test_valid(section, data):
    section.model_validate(data)


@pytest.mark.parametrize(
    ("section", "data"),
    [
        (schema.Compression, {"level": "most"}),
        (schema.Compression, {"level": {"gzip": 10}}),
        (schema.Compression, {"padding": 257}),
        (schema.Compression, {"remember": "much"}),
        (schema.Compression, {"encodings": ["deflate"]}),
        (schema.Selection, {"pass_": True}),
    ],
)
def test_invalid(section, data):
    with pytest.raises(ValidationError):
        section.model_validate(data)


def test_defaults():
    compression, selection = schema.Compression(), schema.Selection()
    assert compression.encodings == ("zstd", "br", "gzip")
    assert (compression.min_size, compression.padding) == (1024, 32)
    assert (selection.parameter, selection.max_size) == ("fields", 1 << 20)
    assert not selection.strict
    assert not selection.pass_
