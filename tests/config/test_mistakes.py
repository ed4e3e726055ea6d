import pytest

from sidecar.config.mistakes import ConfigError, Mistake, did_you_mean, path_text


def at(line, column, path="p"):
    return Mistake("f", line, column, path, "m")


def test_sorted_by_position_and_told_once():
    error = ConfigError([at(2, 1), at(1, 9), at(1, 2), at(2, 1)])
    assert [(m.line, m.column) for m in error.mistakes] == [(1, 2), (1, 9), (2, 1)]
    assert str(error) == "3 mistakes"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ""),
        (("routes", 0, "timeouts", "request"), "routes[0].timeouts.request"),
        (("listen", 1), "listen[1]"),
    ],
)
def test_paths(path, expected):
    assert path_text(path) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("timeot", "did you mean 'timeouts'?"),
        ("SLOW", "did you mean 'slow'?"),
        ("zzz", ""),
        (7, ""),
    ],
)
def test_near_misses(word, expected):
    assert did_you_mean(word, ["timeouts", "slow"]) == expected
