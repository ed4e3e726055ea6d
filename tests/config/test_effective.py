import json

from sidecar.config.effective import REDACTED, effective

FILE = """\
upstreams: {default: {url: "http://app:80"}}
admin: {token: hunter2}
routes:
  - name: a
    match: {path: /a}
    headers:
      request: {set: {Authorization: Bearer hunter2, X-From: "${FROM}", X-Plain: shown}}
"""


def test_it_is_plain_json_without_secrets(loaded):
    found = effective(loaded(FILE, FROM="hunter2"))
    text = json.dumps(found)
    assert "hunter2" not in text
    written = found["config"]["routes"][0]["headers"]["request"]["set"]
    assert written == {
        "Authorization": REDACTED,
        "X-From": REDACTED,
        "X-Plain": "shown",
    }
    assert found["config"]["admin"]["token"] == REDACTED


def test_repr_has_no_secrets(loaded):
    found = loaded(FILE, FROM="x")
    assert "hunter2" not in repr(found.config.admin)


def test_every_value_has_an_origin(loaded):
    found = effective(loaded(FILE, FROM="x"))
    origins, config = found["origins"], found["config"]
    assert origins["routes[0].headers.request.set.X-From"] == (
        f"{found['file']}:7 (environment FROM)"
    )
    assert origins["admin.token"] == f"{found['file']}:2"
    assert origins["limits.head"] == "default"
    assert config["limits"]["head"] == "32KiB"
    assert {key.partition(".")[0].partition("[")[0] for key in origins} == set(config)


def test_what_is_not_available_is_not_shown_as_on(loaded):
    found = effective(loaded(FILE, FROM="x"))["config"]
    assert "tls" not in found
