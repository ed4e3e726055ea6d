"""Files: a directory as real ones are, with other people's pages and odd names."""

import gzip
import os
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from random import Random


def fill(files: Path) -> None:
    """Fill an empty directory."""
    shutil.copytree(package("httpbin") / "templates", files / "httpbin")
    shutil.copytree(package("httpbin") / "static", files / "icons")
    shutil.copytree(package("werkzeug") / "debug/shared", files / "debug")
    (files / "site").mkdir()
    (files / "site" / "index.html").write_text("<h1>index</h1>\n")
    (files / "empty-folder").mkdir()
    (files / "empty.txt").touch()
    (files / "one.bin").write_bytes(b"\n")
    (files / "name with spaces & more.txt").write_text("spaces\n")
    (files / "näme-✓.txt").write_text("not ASCII\n")
    (files / "per%cent+plus.txt").write_text("percent\n")
    (files / "archive.tar.gz").write_bytes(gzip.compress(b"archived\n" * 1000, mtime=0))
    (files / "data.json").write_text('{"rows": [' + "1," * 20_000 + "1]}\n")
    (files / "random.bin").write_bytes(noise(300_001))
    (files / "large.bin").write_bytes(noise(48 * 1024 * 1024))
    an_hour_ago = time.time() - 3600  # a mtime in this second makes weak validators
    for path in files.rglob("*"):
        os.utime(path, (an_hour_ago, an_hour_ago))


def package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    found = find_spec(name)
    assert found is not None, name
    assert found.origin is not None, name
    return Path(found.origin).parent


def noise(size: int) -> bytes:
    """Incompressible bytes, the same at every call."""
    return Random(size).randbytes(size)
