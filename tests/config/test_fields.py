import pytest
from pydantic import TypeAdapter, ValidationError

from sidecar.config import fields
from sidecar.config.quantities import Rate


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (fields.Duration, "5m", 300.0),
        (fields.DurationOrZero, "0s", 0.0),
        (fields.Size, "64KiB", 65_536),
        (fields.RateValue, "10/s", Rate(10, 1.0)),
        (fields.Ratio, "5%", 0.05),
        (fields.AutoOrCount, "auto", "auto"),
        (fields.AutoOrCount, 4, 4),
        (fields.PercentileOrDuration, "p95", "p95"),
        (fields.PercentileOrDuration, "50ms", 0.05),
        (fields.Cidr, "10.0.0.0/8", "10.0.0.0/8"),
        (fields.Switch, True, True),
    ],
)
def test_accepts(kind, given, expected):
    assert TypeAdapter(kind).validate_python(given) == expected


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (fields.Duration, 0),
        (fields.Size, 0),
        (fields.Count, 0),
        (fields.Count, "5"),
        (fields.Count, True),
        (fields.Count, 1.0),
        (fields.AutoOrCount, True),
        (fields.AutoOrCount, 0),
        (fields.Switch, "true"),
        (fields.Switch, 1),
        (fields.Status, 600),
        (fields.Text, ""),
        (fields.Text, 5),
        (fields.Secret, ""),
        (fields.PercentileOrDuration, "p42"),
    ],
)
def test_refuses(kind, given):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (fields.Duration, "5m"),
        (fields.Size, "64KiB"),
        (fields.RateValue, "100/15m"),
        (fields.Ratio, "5%"),
        (fields.ListenAddress, "[::]:80"),
        (fields.EndpointUrl, "https://app:443"),
    ],
)
def test_dumps_are_text_that_reads_back(kind, text):
    adapter = TypeAdapter(kind)
    assert adapter.dump_python(adapter.validate_python(text), mode="json") == text
