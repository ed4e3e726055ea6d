from sidecar.admin.schemas import TEXT, by_name, each, members


def test_members_are_needed_where_they_are_not_optional():
    assert members({"a": TEXT})["required"] == ["a"]
    assert members({"a": TEXT}, optional=True)["required"] == []
    assert members({})["additionalProperties"] is False


def test_maps_and_lists():
    assert by_name(TEXT) == {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    assert each(TEXT) == {"type": "array", "items": {"type": "string"}}
