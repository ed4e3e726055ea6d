import pytest
from pydantic import ValidationError

from sidecar.config.schema_routes import Match, Policies, Route, Timeouts


def test_contract_defaults():
    assert Timeouts().model_dump(mode="json") == {
        "connect": "2s",
        "request": "30s",
        "between_bytes": "30s",
        "client_head": "10s",
        "client_body": "10s",
        "client_idle": "75s",
        "write": "30s",
        "tell": None,
    }
    assert Policies().model_dump(mode="json")["upgrade"] == {
        "protocols": ["websocket"],
        "idle": "10m",
        "lifetime": "1d",
        "connections": 1000,
        "origins": [],
    }


@pytest.mark.parametrize("off", ["off", False, None, {"protocols": []}])
def test_upgrades_can_be_off(off):
    assert Policies.model_validate({"upgrade": off}).upgrade is None


def test_what_is_off_is_checked_all_the_same():
    with pytest.raises(ValidationError):
        Policies.model_validate({"upgrade": {"protocols": [], "idle": "x"}})


def test_a_match_without_conditions():
    assert Route(name="a").match == Match()


@pytest.mark.parametrize("name", ["", "a b", "-a", "x" * 65, 'a"'])
def test_names_are_labels(name):
    with pytest.raises(ValidationError):
        Route.model_validate({"name": name})
