import os
from pathlib import Path

import pytest

from sidecar.cli.mounting import mounted


@pytest.mark.parametrize(
    ("content", "drain"),
    [
        ("shutdown: {grace: 1s, timeout: 90s}", 91),
        ("limits: {body: 1MiB}", 33),
        ("limits: {bodi: 1MiB}", 33),
    ],
)
def test_how_long_it_takes_to_end(content, drain, tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(content)
    found = mounted(file, [])
    assert (found.text, found.drain) == (content, drain)


def test_as_seen_from_here(tmp_path):
    """What comes from stdin has no folder."""
    file = tmp_path / "own.yaml"
    file.write_text("")
    expected = os.path.relpath(file.resolve(), Path.cwd())
    assert mounted(file, []).name == expected


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        (["app/compose.yaml"], "../own.yaml"),
        (["compose.yaml", "other.yaml"], "./own.yaml"),
        (["app/compose.yaml", "other.yaml"], "/own.yaml"),
    ],
)
def test_as_seen_from_the_files(targets, name, tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("")
    found = mounted(file, [tmp_path / one for one in targets]).name
    assert found == (f"{tmp_path.resolve()}{name}" if name[0] == "/" else name)
