"""Real bodies, decoded by curl: by other libraries than ours, to the same bytes."""

import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.harness.origin import Origin
from tests.wire.bodies import WAYS, bodies

DEADLINE = 120.0


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_curl_gets_the_same_bytes(
    shared_sidecar: Start, origin: Origin, tmp_path: Path, coding: str
) -> None:
    light = shared_sidecar({"defaults": {"compression": {}, "conditional": {}}})
    files = {f"{way.__name__}-{body.name}": body for way in WAYS for body in bodies()}
    for way in WAYS:
        for body in bodies():
            origin.script(f"/{way.__name__}-{body.name}".encode(), way(body))
    wanted = {
        f"{light.url}/{name}": f"{coding}-" if body.shrinks else "-"
        for name, body in files.items()
    }
    last, codings = time.monotonic() + DEADLINE, {}
    # An event loop that is late, as on a busy machine, compresses nothing.
    while codings != wanted and time.monotonic() < last:
        said = subprocess.run(
            list(command(light.url, coding, tmp_path, files)),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=True,
        )
        codings = dict(line.rsplit(" ", 1) for line in said.stdout.splitlines())
        for name, body in files.items():
            assert (tmp_path / name).read_bytes() == body.content, name
    assert codings == wanted


def command(url: str, coding: str, where: Path, files: Iterable[str]) -> Iterator[str]:
    """One curl for all; it writes each file, and says which coding it had."""
    yield from ("curl", "--silent", "--show-error", "--fail", "--compressed")
    yield from ("--header", f"Accept-Encoding: {coding}")
    yield from ("--write-out", "%{url} %header{content-encoding}-\n")
    for name in files:
        yield from ("--output", str(where / name), f"{url}/{name}")
