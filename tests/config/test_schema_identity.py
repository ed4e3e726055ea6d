import pytest
from pydantic import ValidationError

from sidecar.config.schema_identity import IdentitySource


@pytest.mark.parametrize(
    "given",
    [
        {"jwt": {"secret": "x"}},
        {"api_key": {}},
        {"header": {"name": "x-user"}},
        {"cookie": {"name": "session"}},
        {"ip": {"v6_prefix": 56}},
        {"ip": None},
    ],
)
def test_one_source(given):
    assert IdentitySource.model_validate(given).model_fields_set == set(given)


@pytest.mark.parametrize(
    "given", [{}, {"ip": {}, "api_key": {}}, {"header": {}}, {"ip": {"v6_prefix": 0}}]
)
def test_refuses(given):
    with pytest.raises(ValidationError):
        IdentitySource.model_validate(given)
