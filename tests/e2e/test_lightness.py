"""What curl and httpx make of compressed responses: the files as they are."""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Start
from tests.e2e.test_curl import curl
from tests.harness.origin import Origin, reply
from tests.wire.bodies import Body, bodies

Fetch = Callable[[str, str], bytes]


def by_curl(url: str, coding: str) -> bytes:
    return curl("--compressed", "-H", f"Accept-Encoding: {coding}", url).stdout


def by_httpx(url: str, coding: str) -> bytes:
    response = httpx.get(url, headers={"accept-encoding": coding}, trust_env=False)
    return response.content


@pytest.mark.parametrize("fetch", [by_curl, by_httpx], ids=lambda fetch: fetch.__name__)
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, deflate, br, zstd"])
def test_files_arrive_as_they_are(
    shared_sidecar: Start, origin: Origin, fetch: Fetch, coding: str
) -> None:
    light = shared_sidecar({"defaults": {"compression": {}, "conditional": {}}})
    found: list[Body] = bodies()
    for body in found:
        path = f"/{body.name}"
        origin.script(path.encode(), reply(body.content, b"Content-Type: " + body.kind))
        assert fetch(light.url + path, coding) == body.content, body.name
    assert len(found) >= 10


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
