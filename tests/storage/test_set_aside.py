from sidecar.storage.set_aside import SUFFIX, set_aside


def test_makes_way_and_keeps_the_latest(tmp_path):
    path = tmp_path / "data"
    for content in ("first", "second"):
        path.write_text(content)
        set_aside(path)
        assert not path.exists()
    assert [one.name for one in tmp_path.iterdir()] == ["data" + SUFFIX]
    assert (tmp_path / ("data" + SUFFIX)).read_text() == "second"
