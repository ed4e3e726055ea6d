import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.ownership import NOBODY, is_for, owner


def test_without_credentials_all_are_one():
    assert owner({b"accept": b"x"}) == NOBODY


_credentials = st.none() | st.binary(max_size=8)


@given(_credentials, _credentials, _credentials, _credentials)
def test_owners_are_equal_where_credentials_are(
    cookie, token, other_cookie, other_token
):
    def made(cookie, token):
        values = {b"cookie": cookie, b"authorization": token}
        return owner(
            {name: value for name, value in values.items() if value is not None}
        )

    same = (cookie or b"", token or b"") == (other_cookie or b"", other_token or b"")
    if any(value is not None for value in (cookie, token)) and any(
        value is not None for value in (other_cookie, other_token)
    ):
        assert (made(cookie, token) == made(other_cookie, other_token)) is same


@pytest.mark.parametrize(
    ("rule", "stored", "asking", "expected"),
    [
        ("everybody's", b"", b"me", True),
        ("mine", b"me", b"me", True),
        ("another's", b"you", b"me", False),
        ("nobody's, for a user", NOBODY, b"me", False),
        ("nobody's, for nobody", NOBODY, NOBODY, True),
    ],
)
def test_is_for(rule, stored, asking, expected):
    assert is_for(stored, asking) is expected, rule
