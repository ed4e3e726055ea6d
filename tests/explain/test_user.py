"""Who asks, by the first source that is there."""

import pytest

from sidecar.explain.user import User, user
from tests.explain.example import asked, loaded

JWT, KEY, HEADER = "jwt authorization", "api_key x-key", "header x-user"


@pytest.mark.parametrize(
    ("rule", "request_", "expected"),
    [
        ("a token", {"Authorization": "Bearer x", "X-Key": "k"}, User("jwt", "authorization", None, "192.0.2.7", ())),
        ("a key", {"X-Key": "k"}, User("api_key", "x-key", False, "192.0.2.7", (JWT,))),
        ("an empty key is none", {"X-Key": ""}, User("ip", None, True, "192.0.2.7", (JWT, KEY, HEADER, "cookie session"))),
        ("what a stranger says", {"X-User": "u", "Cookie": "session=s"}, User("cookie", "session", False, "192.0.2.7", (JWT, KEY, HEADER))),
        ("what a trusted peer says", {"X-User": "u", "peer": "10.0.0.1"}, User("header", "x-user", True, "10.0.0.1", (JWT, KEY))),
    ],
)  # fmt: skip
def test_user(rule, request_, expected, tmp_path):
    fields = {name.replace("-", "_"): value for name, value in request_.items()}
    assert user(loaded(tmp_path).config.identity, asked(**fields)) == expected


def test_the_address_may_be_a_source(tmp_path):
    config = loaded(tmp_path, "identity: [ip: {}, api_key: {}]").config
    assert user(config.identity, asked(x_api_key="k")).kind == "ip"
