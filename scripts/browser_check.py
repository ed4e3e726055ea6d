#!/usr/bin/env python3
"""Real bodies, through the sidecar, decoded by a real browser to the same bytes.

A page of the origin's fetches every body in every coding, from whole, chunked and
dripped responses, and digests what the browser made of it; then it asks again with
the tag that came with it. What it found it posts back.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.harness.origin import Origin, reply
from tests.harness.sidecar import ENGINES, Sidecar
from tests.wire.bodies import WAYS, bodies

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-dev-shm-usage", "--no-sandbox", "--log-level=3"),
)
CODINGS = ("identity", "gzip", "br", "zstd")
PATIENCE = 300.0  # seconds, for everything that one page does
MIB = 1 << 20

PAGE = """<!doctype html><title>check</title><script>
const hex = (buffer) => Array.from(new Uint8Array(buffer),
  (byte) => byte.toString(16).padStart(2, "0")).join("");
const look = async (path) => {
  const got = await fetch(path, {cache: "no-store"});
  const content = await got.arrayBuffer();
  const tag = got.headers.get("etag");
  const again = tag && await fetch(path,
    {cache: "no-store", headers: {"If-None-Match": tag}});
  return {
    path, status: got.status, coding: got.headers.get("content-encoding"), tag,
    digest: hex(await crypto.subtle.digest("SHA-256", content)),
    again: again && again.status,
  };
};
(async () => {
  const found = [];
  for (const path of PATHS)
    found.push(await look(path).catch((error) => ({path, error: String(error)})));
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
})();
</script>"""


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(
            f"browser-check needs one of {', '.join(BROWSERS)} in the PATH; "
            "on Debian: apt-get install chromium"
        )
    for engine in ENGINES:
        with Origin() as origin, tempfile.TemporaryDirectory() as folder:
            config = {
                "engine": engine,
                "upstreams": {"default": {"url": origin.url}},
                "defaults": {"conditional": {}},
                "routes": [_route(coding) for coding in CODINGS],
            }
            with Sidecar(config, Path(folder) / "sidecar") as sidecar:
                digests = _scripted(origin)
                found = _found(browser, folder, origin, f"{sidecar.url}/page")
        print(f"{engine}: {_judged(found, digests)}", flush=True)


def _route(coding: str) -> dict[str, Any]:
    compression = "off" if coding == "identity" else {"encodings": [coding]}
    return {
        "name": coding,
        "match": {"path": f"/{coding}/**"},
        "compression": compression,
    }


def _scripted(origin: Origin) -> dict[str, tuple[str, bool, bool]]:
    """What each path comes to: its digest, whether it shrinks, whether it has a tag."""
    digests = {}
    for coding in CODINGS:
        for way in WAYS:
            for body in bodies():
                path = f"/{coding}/{way.__name__}/{body.name}"
                origin.script(path.encode(), way(body))
                tagged = way is WAYS[0] and len(body.content) <= MIB
                digest = hashlib.sha256(body.content).hexdigest()
                digests[path] = digest, body.shrinks, tagged
    page = PAGE.replace("PATHS", json.dumps(list(digests)))
    origin.script(b"/page", reply(page.encode(), b"Content-Type: text/html"))
    origin.script(b"/found", reply(b"thanks"))
    return digests


def _found(browser: str, folder: str, origin: Origin, url: str) -> list[dict[str, Any]]:
    def posted() -> list[bytes]:
        return [
            one.request.body
            for one in origin.received
            if one.request.target == b"/found"
        ]

    with _running([browser, *FLAGS, f"--user-data-dir={folder}/profile", url]):
        if not origin.wait_for(lambda: bool(posted()), PATIENCE):
            raise SystemExit("the browser said nothing")
    found: list[dict[str, Any]] = json.loads(posted()[0])
    return found


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[None]:
    """The browser and all that it starts, until it is no longer needed."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _judged(
    found: list[dict[str, Any]], expected: dict[str, tuple[str, bool, bool]]
) -> str:
    codings: dict[str, int] = {}
    confirmed = 0
    for one in found:
        digest, shrinks, tagged = expected[one["path"]]
        coding = one["path"].split("/")[1]
        wanted = coding if shrinks and coding != "identity" else None
        same = (one.get("status"), one.get("digest"), one.get("coding")) == (
            200,
            digest,
            wanted,
        )
        again = one.get("again")
        if not same or (tagged and again is None) or again not in {None, 304}:
            raise SystemExit(f"wrong: {one}")
        codings[coding] = codings.get(coding, 0) + 1
        confirmed += again == 304  # noqa: PLR2004
    if len(found) != len(expected):
        raise SystemExit(f"{len(found)} of {len(expected)} were looked at")
    counts = ", ".join(f"{count} {coding}" for coding, count in codings.items())
    return f"the same bytes ({counts}), {confirmed} confirmed by their tag"


if __name__ == "__main__":
    sys.exit(main())
