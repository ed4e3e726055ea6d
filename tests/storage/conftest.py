from collections.abc import Iterator

import pytest

from tests.harness.valkey import Valkey


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def valkey(_valkey: Valkey) -> Valkey:
    """A server that holds nothing."""
    _valkey.command("FLUSHALL")
    _valkey.command("SCRIPT", "FLUSH")
    return _valkey


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A server to do evil to."""
    with Valkey() as server:
        yield server
