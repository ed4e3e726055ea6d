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
        {"jwt": {"jwks": "https://", "algorithms": ["RS256"]}},
        {"jwt": {"jwks": "https://u:p@id.example/keys", "algorithms": ["RS256"]}},
        {"cookie": {"name": "☃"}},
        {"cookie": {"name": "a=b"}},
    ],
)
def test_refuses(given):
    with pytest.raises(ValidationError):
        IdentitySource.model_validate(given)


def test_what_a_url_tells_in_its_query_is_not_shown():
    url = "https://id.example/keys?token=canary&v=1"
    given = {"jwt": {"jwks": url, "algorithms": ["RS256"]}}
    found = IdentitySource.model_validate(given)
    assert found.jwt is not None
    assert found.jwt.jwks == url
    shown = found.model_dump(mode="json")["jwt"]["jwks"]
    assert shown == "https://id.example/keys?token=[redacted]&v=1"
