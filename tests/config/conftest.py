"""A configuration as text, loaded from a real file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.config.load import Loaded, load
from sidecar.config.mistakes import ConfigError, Mistake

Load = Callable[..., Loaded]
Mistakes = Callable[..., list[Mistake]]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_text(text: str, **environ: str) -> Loaded:
        file = tmp_path / "sidecar.yaml"
        file.write_text(text)
        return load(file, environ=environ)

    return load_text


@pytest.fixture
def mistakes(loaded: Load) -> Mistakes:
    def mistakes_of(text: str, **environ: str) -> list[Mistake]:
        with pytest.raises(ConfigError) as caught:
            loaded(text, **environ)
        return caught.value.mistakes

    return mistakes_of
