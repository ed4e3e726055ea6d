import pytest
from pydantic import ValidationError

from sidecar.config import schema_upstreams as schema
from sidecar.config.schema_upstreams import Redis


def test_contract_defaults():
    assert schema.Upstream().model_dump(mode="json") == {
        "url": ["http://127.0.0.1:3000"],
        "balance": "least_requests",
        "connections": 256,
        "keepalive": "4s",
        "max_age": "5m",
        "max_wait": None,
        "tls": {
            "verify": True,
            "ca": None,
            "server_name": None,
            "cert": None,
            "key": None,
        },
        "host": "preserve",
        "concurrency": None,
        "health": None,
    }
    assert schema.Store().model_dump(mode="json") == {
        "memory": "64MiB",
        "disk": None,
        "redis": None,
    }


def test_several_urls():
    found = schema.Upstream.model_validate({"url": ["http://a", "unix:/b"]})
    assert [str(url) for url in found.url] == ["http://a:80", "unix:/b"]


@pytest.mark.parametrize("status", ["200", "200-399"])
def test_good_answers(status):
    assert schema.UpstreamHealth.model_validate({"status": status}).status == status


@pytest.mark.parametrize("status", ["399-200", "2xx", 200, "700"])
def test_not_good_answers(status):
    with pytest.raises(ValidationError):
        schema.UpstreamHealth.model_validate({"status": status})


@pytest.mark.parametrize("part", ["cert", "key"])
def test_half_a_certificate(part):
    with pytest.raises(ValidationError, match="given together"):
        schema.UpstreamTls.model_validate({part: "x.pem"})


@pytest.mark.parametrize(
    "url",
    [
        "redis://:canary@a:6379/1",
        "rediss://a",
        "unix:///run/redis.sock",
        "redis://[::1]:6379",
        "redis+cluster://a:1",
        "rediss+sentinel://a:1,b:2/main/3",
    ],
)
def test_urls_of_a_store(url):
    assert Redis(url=url).url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        *("http://canary", "canary:6379", "redis://", "redis+sentinel://canary:1"),
        "redis://user:canary@a:b/0",
        "redis+cluster://:canary@",
        "redis+sentinel://a:1,b:canary/main",
    ],
)
def test_what_is_no_store(url):
    with pytest.raises(ValidationError) as error:
        Redis(url=url)
    said = "; ".join(one["msg"] for one in error.value.errors(include_input=False))
    assert "must" in said
    assert "canary" not in said


@pytest.mark.parametrize("host", ["preserve", "upstream", "app.example:81", "[::1]"])
def test_a_host(host):
    assert schema.Upstream.model_validate({"host": host}).host == host


@pytest.mark.parametrize("host", ["", "a b", "a\r\nX: y", "☃", "u@a", "a:99999"])
def test_what_is_no_host(host):
    with pytest.raises(ValidationError):
        schema.Upstream.model_validate({"host": host})
