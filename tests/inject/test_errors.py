from sidecar.inject.errors import BrokenMarksError, UnreadableError


def test_the_place():
    error = UnreadableError("it is JSON")
    assert (str(error), error.place) == ("it is JSON", "")
    error.name = "a.yaml"
    assert error.place == "a.yaml"
    broken = BrokenMarksError("a mark has no end", 3, 1)
    broken.name = "b.yaml"
    assert broken.place == "b.yaml:3:1"
    assert isinstance(broken, UnreadableError)
