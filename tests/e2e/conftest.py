"""The applications, and a sidecar before each of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import apps
from tests.e2e.apps import Application
from tests.e2e.files import fill
from tests.e2e.origins import EventStream
from tests.harness.sidecar import Sidecar

Before = Callable[[str], str]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files")
    fill(path)
    return path


@pytest.fixture(scope="session")
def httpbin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with apps.httpbin(tmp_path_factory.mktemp("httpbin")) as application:
        yield application


@pytest.fixture(scope="session", params=["HTTP/1.0", "HTTP/1.1"])
def file_server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    files: Path,
) -> Iterator[Application]:
    where = tmp_path_factory.mktemp("http.server")
    with apps.file_server(where, files, request.param) as application:
        yield application


@pytest.fixture(scope="session")
def nginx(
    tmp_path_factory: pytest.TempPathFactory, files: Path
) -> Iterator[Application]:
    with apps.nginx(tmp_path_factory.mktemp("nginx"), files) as application:
        yield application


@pytest.fixture(scope="session")
def websocket_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with apps.websocket_echo(tmp_path_factory.mktemp("websocket")) as application:
        yield application


@pytest.fixture
def event_stream() -> Iterator[EventStream]:
    with EventStream() as origin:
        yield origin


@pytest.fixture(scope="session")
def before(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    """The URL of a sidecar before this application, started when first asked for."""
    running: dict[str, Sidecar] = {}

    def url(upstream: str) -> str:
        if upstream not in running:
            config = {"engine": engine, "upstreams": {"default": {"url": upstream}}}
            where = tmp_path_factory.mktemp("sidecar")
            running[upstream] = Sidecar(config, where).start()
        return running[upstream].url

    yield url
    for sidecar in running.values():
        sidecar.stop()
