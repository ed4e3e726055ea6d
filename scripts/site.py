#!/usr/bin/env python3
"""The site of the documentation, and llms.txt beside it: `make site`.

Pages are written to be read where they lie, also in a checkout. So they are copied
first, to where the site has them, with their links turned; files that they lead to come
along. Zensical makes the site of the copy.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "docs" / "zensical.toml"
LINK = re.compile(r"\[([^]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def places() -> dict[Path, str]:
    """Where each page of the repository is in the site."""
    top = {
        ROOT / "README.md": "index.md",
        ROOT / "CHANGELOG.md": "changelog.md",
        ROOT / "CONTRIBUTING.md": "contributing.md",
        ROOT / "SECURITY.md": "security.md",
        ROOT / "benchmarks" / "README.md": "benchmarks/index.md",
        ROOT / "docs" / "decisions": "decisions/index.md",
    }
    docs = {
        page: str(page.relative_to(ROOT / "docs"))
        for page in (ROOT / "docs").rglob("*.md")
    }
    results = {
        page: f"benchmarks/{page.name}"
        for page in (ROOT / "benchmarks" / "results").glob("*.md")
    }
    return top | docs | results


def turned(text: str, page: Path, there: dict[Path, str], to: Path) -> str:
    """The text of a page with its links as they are in the site."""
    here = Path(there[page]).parent

    def link(found: re.Match[str]) -> str:
        said, target, anchor = found[1], found[2], found[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        file = Path(os.path.normpath(page.parent / target))
        if file in there:
            place = there[file]
        elif file.is_file():
            place = f"files/{file.relative_to(ROOT)}"
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to / place)
        else:
            return said  # a folder: the site has no view of it
        return f"[{said}]({os.path.relpath(place, here)}{anchor})"

    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(link, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, LINK.sub(link, text[end:])])


def copy(to: Path) -> None:
    there = places()
    for page, place in there.items():
        target = to / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = page.read_text() if page.is_file() else listing(page)
        origin = page if page.is_file() else page / "index.md"
        names = there if page.is_file() else there | {origin: place}
        target.write_text(turned(text, origin, names, to))


def listing(folder: Path) -> str:
    lines = [f"- [{title(page)}]({page.name})" for page in sorted(folder.glob("*.md"))]
    return "\n".join(["# Decisions", "", *lines]) + "\n"


def title(page: Path) -> str:
    return page.read_text().split("\n", 1)[0].removeprefix("# ")


def summary(text: str) -> str:
    """The first paragraph below the title, in one line, without its links."""
    plain = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text)
    for paragraph in plain.split("\n\n")[1:]:
        if re.match(r"(?!```)[\w`]", paragraph):
            return " ".join(paragraph.split())
    return ""


def pages(nav: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for section in nav:
        for name, entries in section.items():
            yield name, [pair for entry in entries for pair in entry.items()]


def llms(nav: list[dict[str, Any]], source: Path) -> str:
    """What there is to read, for a reader with a small window (llmstxt.org)."""
    lines = ["# Sidecar", "", f"> {summary((source / 'index.md').read_text())}"]
    for section, entries in pages(nav):
        lines += ["", f"## {section}", ""]
        for name, place in entries:
            said = summary((source / place).read_text())
            lines.append(f"- [{name}]({place})" + (f": {said}" if said else ""))
    return "\n".join(lines) + "\n"


def build(to: Path) -> Path:
    if to.exists() and not (to / CONFIGURATION.name).exists():
        raise SystemExit(f"{to} is there, and was not made here")
    shutil.rmtree(to, ignore_errors=True)
    source, site = to / "docs", to / "site"
    source.mkdir(parents=True)
    shutil.copyfile(CONFIGURATION, to / CONFIGURATION.name)
    copy(source)
    nav = tomllib.loads(CONFIGURATION.read_text())["project"]["nav"]
    subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], check=True, cwd=to
    )
    (site / "llms.txt").write_text(llms(nav, source))
    everything = []
    for page in sorted(source.rglob("*.md")):
        place = page.relative_to(source)
        shutil.copyfile(page, site / place)
    for _, entries in pages(nav):
        everything += [(source / place).read_text() for _, place in entries]
    (site / "llms-full.txt").write_text("\n".join(everything))
    return site


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", nargs="?", type=Path, default=ROOT / "build" / "site")
    print(build(parser.parse_args().to.absolute()) / "index.html")
