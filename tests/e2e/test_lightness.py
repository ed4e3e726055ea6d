"""What curl and httpx make of compressed responses: the files as they are."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import Start
from tests.e2e.test_curl import curl
from tests.harness.origin import Origin, reply
from tests.wire.bodies import WAYS, bodies

DEADLINE = 60.0


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, deflate, br, zstd"])
def test_httpx_gets_the_same_bytes(
    shared_sidecar: Start, origin: Origin, coding: str
) -> None:
    light = shared_sidecar({"defaults": {"compression": {}, "conditional": {}}})
    found = bodies()
    for body in found:
        path = f"/{body.name}"
        origin.script(path.encode(), reply(body.content, b"Content-Type: " + body.kind))
        headers = {"accept-encoding": coding}
        response = httpx.get(
            light.url + path, headers=headers, trust_env=False, timeout=DEADLINE
        )
        assert response.content == body.content, body.name
    assert len(found) >= 10


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
        said = curl(*arguments(light.url, coding, tmp_path, files)).stdout.decode()
        codings = dict(line.rsplit(" ", 1) for line in said.splitlines())
        for name, body in files.items():
            assert (tmp_path / name).read_bytes() == body.content, name
    assert codings == wanted


def arguments(
    url: str, coding: str, where: Path, files: Iterable[str]
) -> Iterator[str]:
    """One curl for all; it writes each file, and says which coding it had."""
    yield from ("--fail", "--compressed")
    yield from ("--header", f"Accept-Encoding: {coding}")
    yield from ("--write-out", "%{url} %header{content-encoding}-\n")
    for name in files:
        yield from ("--output", str(where / name), f"{url}/{name}")


def test_padding_disturbs_nobody(shared_sidecar: Start, origin: Origin) -> None:
    light = shared_sidecar({"defaults": {"compression": {}, "conditional": {}}})
    origin.script(b"/page", reply(b"a page " * 900, b"Content-Type: text/html"))
    for coding in ("gzip", "br", "zstd"):
        for _ in range(8):
            given = ("--compressed", "-H", f"Accept-Encoding: {coding}")
            content = curl(*given, "-H", "Cookie: a=b", light.url + "/page").stdout
            assert content == b"a page " * 900


def test_curl_validates_with_the_tag_that_it_saved(
    shared_sidecar: Start, origin: Origin, tmp_path_factory: pytest.TempPathFactory
) -> None:
    light = shared_sidecar({"defaults": {"compression": {}, "conditional": {}}})
    origin.script(b"/page", reply(b"a page " * 900, b"Content-Type: text/html"))
    tag = tmp_path_factory.mktemp("curl") / "tag"
    given = ("--compressed", "--etag-compare", tag, "--etag-save", tag)
    shown = ("-w", "%{http_code} %{size_download}", "-o", "/dev/null")
    url = light.url + "/page"
    first = curl(*given, *shown, url).stdout
    assert first.startswith(b"200 ")
    assert curl(*given, *shown, url).stdout == b"304 0"
