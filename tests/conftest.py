"""What every test shares: how examples are generated, an origin, sidecars before it."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.harness.origin import Origin
from tests.harness.sidecar import ENGINES, Config, Sidecar, merged

# No deadline: two busy cores make any example slow. Derandomized: a run that
# failed fails again, and one that passed says the same tomorrow.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", deadline=None, max_examples=5_000)
settings.load_profile("suite")

SEED = os.environ.get("DIFFERENTIAL_SEED", "0")

Start = Callable[..., Sidecar]


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The front door; a test that uses it runs once for each."""
    return str(request.param)


@pytest.fixture(scope="session")
def shared_origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def origin(shared_origin: Origin) -> Iterator[Origin]:
    """The session's origin, which must have been sent only strict HTTP."""
    shared_origin.reset()
    yield shared_origin
    assert not shared_origin.broken, shared_origin.broken


@pytest.fixture(scope="session")
def shared_sidecar(
    engine: str, shared_origin: Origin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Start a sidecar before the session's origin, once for each configuration."""
    running: dict[str, Sidecar] = {}

    def start(config: Config | None = None) -> Sidecar:
        full = _with_origin(engine, shared_origin, config or {})
        key = json.dumps(full, sort_keys=True)
        if key not in running:
            running[key] = Sidecar(full, tmp_path_factory.mktemp("sidecar")).start()
        return running[key]

    yield start
    _stop_all(list(running.values()))


@pytest.fixture
def own_sidecar(engine: str, shared_origin: Origin, tmp_path: Path) -> Iterator[Start]:
    """Start sidecars for one test alone, which may end or fill them."""
    running: list[Sidecar] = []

    def start(config: Config | None = None, **options: Any) -> Sidecar:
        full = _with_origin(engine, shared_origin, config or {})
        where = tmp_path / f"sidecar{len(running)}"
        running.append(Sidecar(full, where, **options).start())
        return running[-1]

    yield start
    _stop_all(running)


@pytest.fixture
def sidecar(shared_sidecar: Start) -> Sidecar:
    """The session's sidecar with default settings."""
    return shared_sidecar()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many exchanges the tests in tests/differential compared."""
    compared = [
        int(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "exchanges" and isinstance(value, int)
    ]
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name in {"cache model", "http-cache-tests asked again"}:
                terminalreporter.write_line(f"{name}: {value}")
    if compared:
        terminalreporter.write_line(
            f"{sum(compared)} exchanges were the same through both doors (seed {SEED})"
        )


def _with_origin(engine: str, origin: Origin, config: Config) -> dict[str, Any]:
    upstreams = {"upstreams": {"default": {"url": origin.url}}}
    return merged(merged({"engine": engine}, upstreams), config)


def _stop_all(sidecars: list[Sidecar]) -> None:
    """Stop every one of them, then report the first that did not end well."""
    failures = []
    for one in sidecars:
        try:
            one.stop()
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


@pytest.fixture
def preserved_logging() -> Iterator[None]:
    """What instruments replace is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
