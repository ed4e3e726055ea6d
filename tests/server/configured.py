"""Configurations for tests, from text."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from sidecar.config.load import load
from sidecar.config.schema import Config
from sidecar.config.schema_routes import Route


def configured(text: str, environ: Mapping[str, str] | None = None) -> Config:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "sidecar.yaml"
        file.write_text(text)
        return load(file, environ=environ or {}).config


def named(config: Config) -> dict[str, Route]:
    return {route.name: route for route in config.routes}
