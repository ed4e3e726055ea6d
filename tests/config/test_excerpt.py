import pytest

from sidecar.config.excerpt import masked


@pytest.mark.parametrize(
    ("rule", "line", "expected"),
    [
        ("plain", "  slow: 5 sec", "  slow: 5 sec"),
        ("token", "  token: hunter2", "  token: *******"),
        ("quoted", 'token: "hunter2"  # x', "token: *********  # x"),
        ("single quoted", "token: 'a b'", "token: *****"),
        ("in braces", "{token: hunter2, x: 1}", "{token: *******, x: 1}"),
        ("user in a URL", "url: http://bob:hunter2@app", "url: http://***********@app"),
        ("password with @", "url: http://bob:h@2@app", "url: http://*******@app"),
        ("a secret file's name", "token: file:/run/token", "token: file:/run/token"),
        ("a variable", 'token: "${TOKEN}"', 'token: "${TOKEN}"'),
        ("a field", "Authorization: Bearer x", "Authorization: ********"),
        ("a field with -key", "{X-Api-Key: abc}", "{X-Api-Key: ***}"),
        ("sentry", "sentry: https://x", "sentry: *********"),
    ],
)
def test_masks_as_many_characters_as_there_were(rule, line, expected):
    assert masked(line) == expected, rule


def test_no_excerpt_shows_a_secret(mistakes):
    found = mistakes(
        "admin: {token: hunter2, hosts: 5}\n"
        "upstreams: {default: {url: 'http://bob:hunter2@app'}}\n"
        "store: {redis: {url: 'http://:hunter2@r', key: hunter2}}\n"
        "identity: [{jwt: {secret: hunter2}}]\n"
        "telemetry: {sentry: 'https://hunter2@s/1', x: 1}\n"
    )
    assert len(found) == 6
    assert "hunter2" not in repr(found)
