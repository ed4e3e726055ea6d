#!/usr/bin/env python3
"""The root of an image that holds Python and the sidecar, and nothing else.

Runs in the build stage. Copies the interpreter, its standard library, /opt/sidecar,
every shared library that one of them is linked with, what the C library needs to
resolve names, the certificates of public authorities, and a user. No shell, no
package manager. The bytecode of the standard library is made here.
"""

import compileall
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

VENV = Path("/opt/sidecar")
# Of the standard library; the sidecar imports none of them. `config-…` holds what
# Python is linked with, where its headers are installed.
WITHOUT = (
    "__pycache__",
    "config-*",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
)
# The C library opens them when a name is resolved; nothing is linked with them.
RESOLVER = ("libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2")
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/usr/lib/ssl/openssl.cnf")
USER = "sidecar:x:10001:10001::/:/nonexistent"
FILES = {
    "etc/passwd": f"root:x:0:0::/:/nonexistent\n{USER}\n",
    "etc/group": "root:x:0:\nsidecar:x:10001:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def main(root: Path) -> None:
    interpreter = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(VENV, at(root, VENV), symlinks=True)
    without = shutil.ignore_patterns(*WITHOUT)
    shutil.copytree(library, at(root, library), symlinks=True, ignore=without)
    compileall.compile_dir(
        str(at(root, library)),
        quiet=2,
        workers=0,
        stripdir=str(root),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    for link in chain(VENV / "bin" / "python3"):
        at(root, link).parent.mkdir(parents=True, exist_ok=True)
        if not at(root, link).is_symlink():
            at(root, link).symlink_to(link.readlink())
    certificates = {path for path in map(Path, CERTIFICATES) if path.exists()}
    for path in {interpreter} | libraries(interpreter, library, VENV) | certificates:
        at(root, path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, at(root, path))
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)


def at(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def chain(link: Path) -> Iterator[Path]:
    """Every link between the venv's interpreter and the file that it means."""
    while link.is_symlink():
        yield link
        link = link.parent / link.readlink()


def libraries(interpreter: Path, *folders: Path) -> set[Path]:
    """Every shared library that the interpreter or an extension is linked with."""
    extensions = [file for folder in folders for file in folder.rglob("*.so*")]
    found: set[Path] = set()
    for file in (interpreter, *extensions):
        for line in output("ldd", str(file)):
            found.update(Path(word) for word in line.split() if word.startswith("/"))
    for line in output("ldconfig", "-p"):
        name, _, path = line.strip().partition(" => ")
        if name.split(" ")[0] in RESOLVER:
            found.add(Path(path))
    return {path for path in found if path.exists() and VENV not in path.parents}


def output(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
