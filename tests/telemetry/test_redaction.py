"""What is hidden in a target, and what becomes of bytes that are no text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.redaction import is_secret, redacted, text


@pytest.mark.parametrize(
    "name",
    [
        *(b"token", b"access_token", b"ACCESS_TOKEN", b"id-token", b"csrfToken"),
        *(b"key", b"api_key", b"apiKey", b"X-Api-Key", b"accessKey", b"AWSAccessKeyId"),
        *(b"password", b"passwd", b"user[password]", b"pwd", b"passphrase"),
        *(b"secret", b"client_secret", b"signature", b"X-Amz-Signature", b"sig"),
        *(b"code", b"jwt", b"session", b"PHPSESSID", b"auth", b"X-Amz-Credential"),
        *(b"%74oken", b"to%6ben", b"token[]", b"x" * 100 + b"_token"),
    ],
)
def test_secret(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *(b"page", b"q", b"country_code", b"author", b"keyword", b"sort", b""),
        *(b"compass", b"signal", b"inside", b"x" * 100),
    ],
)
def test_not_secret(name):
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("rule", "target", "shown"),
    [
        ("no query", b"/a/token=1", b"/a/token=1"),
        ("nothing secret", b"/a?page=2&q=x", b"/a?page=2&q=x"),
        ("one of several", b"/a?q=x&token=abc&p=1", b"/a?q=x&token=[redacted]&p=1"),
        ("each of them", b"/?key=1&key=2", b"/?key=[redacted]&key=[redacted]"),
        ("a value with =", b"/?token=ab==&p=1", b"/?token=[redacted]&p=1"),
        ("a semicolon separates too", b"/?a=1;token=x", b"/?a=1;token=[redacted]"),
        ("and ends a value", b"/?token=x;a=1", b"/?token=[redacted];a=1"),
        ("an empty value hides nothing", b"/?token=&a=1", b"/?token=&a=1"),
        ("a name alone", b"/?token", b"/?token"),
        ("an encoded name", b"/?%54OKEN=x", b"/?%54OKEN=[redacted]"),
        ("a second question mark", b"/?a=1&?token=x", b"/?a=1&?token=[redacted]"),
        ("not UTF-8", b"/?\xff=1&token=\xff", b"/?\xff=1&token=[redacted]"),
    ],
)
def test_redacted(rule, target, shown):
    assert redacted(target) == shown


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40))
def test_no_secret_value_survives(before, value):
    canary = b"cnry" + value.translate(None, b"&;") + b"cnry"
    assert canary not in redacted(b"/?" + before + b"&access_token=" + canary)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("ASCII bytes", b"abc", "abc"),
        ("UTF-8", "grün".encode(), "grün"),
        ("not UTF-8", b"caf\xe9", "caf\\xe9"),
        ("a string", "abc", "abc"),
        ("a lone surrogate", "a\udc80b", "a\\udc80b"),
        ("cut", b"abcdefghijkl", "abcdefgh"),
        ("cut within a character", "1234567é".encode(), "1234567\\xc3"),
    ],
)
def test_text(rule, value, expected):
    assert text(value, 8) == expected


@given(st.one_of(st.binary(), st.text(st.characters())), st.integers(0, 100))
def test_text_is_always_valid(value, limit):
    assert text(value, limit).encode("utf-8").decode("utf-8") is not None
