import pytest
from pydantic import ValidationError

from sidecar.config.schema import Config


def test_contract_defaults():
    found = Config().model_dump(mode="json")
    assert found["listen"] == ["0.0.0.0:8080"]
    assert (found["engine"], found["workers"]) == ("express", 1)
    assert found["upstreams"]["default"]["url"] == ["http://127.0.0.1:3000"]
    assert found["telemetry"]["access_log"]["format"] == "json"


def test_every_part_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Config().workers = 2


@pytest.mark.parametrize("mistake", [{"x": 1}, {"upstreams": {}}, {"routes": [1]}])
def test_refuses(mistake):
    with pytest.raises(ValidationError):
        Config.model_validate(mistake)


@pytest.mark.parametrize("workers", [0, -1, 513, 1.5, "2", True, None])
def test_not_so_many_workers(workers):
    with pytest.raises(ValidationError):
        Config.model_validate({"workers": workers})


def test_who_may_be_trusted():
    given = ["10.0.0.0/8", "::1", "unix:"]
    found = Config.model_validate({"trusted_proxies": given}).trusted_proxies
    assert found == ("10.0.0.0/8", "::1/128", "unix:")
