"""A worker loads what its configuration needs, and nothing else."""

import re
from pathlib import Path

import pytest

from tests.harness.client import get
from tests.harness.origin import Origin
from tests.harness.sidecar import Sidecar

IMPORTED = re.compile(r"^import time: .*\| +(\S+)$", re.MULTILINE)
# What takes some MiB, or is of features that are off.
HEAVY = {
    "aiohttp",
    "attr",
    "cryptography",
    "http.client",
    "jsonschema",
    "jwt",
    "multiprocessing",
    "prometheus_client",
    "redis.client",
    "ruamel",
    "sidecar.admin.api",
    "sidecar.demo",
    "sidecar.explain",
    "sidecar.inject",
    "sidecar.loadtest",
    "unittest",
    "yarl",
}
BY_ADMINISTRATION = {
    "aiohttp",
    "attr",
    "http.client",
    "sidecar.admin.api",
    "sidecar.explain",
    "yarl",
}


def heavy(sidecar: Sidecar) -> set[str]:
    """What it has loaded of all that."""
    names = set(IMPORTED.findall(sidecar.stderr))
    assert "sidecar.server.worker" in names
    return {
        one for one in HEAVY if any(f"{name}.".startswith(f"{one}.") for name in names)
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_the_default_loads_nothing_heavy(
    workers: int, origin: Origin, tmp_path: Path
) -> None:
    sidecar = Sidecar({}, tmp_path, environment={"PYTHONPROFILEIMPORTTIME": "1"})
    # All that the harness has besides is off or shorter than it is by default.
    sidecar.config = {
        **{
            one: sidecar.config[one]
            for one in ("listen", "health", "admin", "shutdown")
        },
        "workers": workers,
        "upstreams": {"default": {"url": origin.url}},
    }
    with sidecar:
        assert get(sidecar.port, b"/").status == 200
        for probe in (b"/livez", b"/metrics"):
            assert get(sidecar.health, probe).status == 200
        assert heavy(sidecar) == set()
        assert get(sidecar.admin, b"/").status == 403  # by a name that is not its own
        assert heavy(sidecar) == BY_ADMINISTRATION
