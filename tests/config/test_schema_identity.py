import pytest
from pydantic import ValidationError

from sidecar.config.schema_identity import IdentitySource


@pytest.mark.parametrize(
    "given",
    [
        {"jwt": {"secret": "x" * 32}},
        {"jwt": {"public_key": "key.pem", "algorithms": ["RS256", "ES256"]}},
        {"jwt": {"jwks": "https://id.example/keys", "algorithms": ["EdDSA"]}},
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
    "given",
    [
        {},
        {"ip": {}, "api_key": {}},
        {"header": {}},
        {"ip": {"v6_prefix": 0}},
        {"jwt": {}},
        {"jwt": {"secret": "short"}},
        {"jwt": {"secret": "x" * 32, "jwks": "https://id.example/keys"}},
        {"jwt": {"secret": "x" * 32, "algorithms": ["RS256"]}},
        {"jwt": {"secret": "x" * 32, "algorithms": ["HS256", "RS256"]}},
        {"jwt": {"public_key": "key.pem"}},
        {"jwt": {"public_key": "key.pem", "algorithms": ["HS256", "RS256"]}},
        {"jwt": {"jwks": "file:keys.json", "algorithms": ["RS256"]}},
    ],
)
def test_refuses(given):
    with pytest.raises(ValidationError):
        IdentitySource.model_validate(given)
