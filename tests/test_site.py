"""The site is built, leads nowhere else for what it shows, and names every page."""

import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.harness.sidecar import ROOT

NAV = tomllib.loads((ROOT / "docs" / "zensical.toml").read_text())["project"]["nav"]
PLACES = [
    place
    for section in NAV
    for entries in section.values()
    for entry in entries
    for place in entry.values()
]
# What a browser fetches without being asked, by tag and attribute.
FETCHED = {
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("image", "href"),
    ("img", "src"),
    ("img", "srcset"),
    ("input", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("track", "src"),
    ("video", "poster"),
    ("video", "src"),
}
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
LOADED = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


class Page(HTMLParser):
    """What a page fetches, leads to, and can be led to."""

    def __init__(self, text):
        super().__init__()
        self.fetched, self.links, self.ids, self.classes = [], [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if (tag, name) in FETCHED and value:
                self.fetched.append(value)
            if name == "style" and value:
                self.fetched += loaded(value)
        said = {name: value or "" for name, value in attrs}
        self.classes |= set(said.get("class", "").split())
        if "id" in said:
            self.ids.add(said["id"])
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])


def loaded(style):
    return [one or other for one, other in LOADED.findall(style)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    to = tmp_path_factory.mktemp("site") / "built"
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "site.py", to], check=True, cwd=ROOT
    )
    return to / "site"


@pytest.fixture(scope="module")
def pages(site):
    return {
        file: Page(file.read_text())
        for file in site.rglob("*.html")
        if file.name != "404.html"
    }


def test_every_page_of_the_documents_is_in_the_navigation():
    docs = {
        str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").glob("*.md")
    }
    assert docs <= set(PLACES)


def test_it_asks_no_other_host(site, pages):
    fetched = [value for page in pages.values() for value in page.fetched]
    styles = [file.read_text() for file in site.rglob("*.css")]
    fetched += [value for style in styles for value in loaded(style)]
    assert len(fetched) > len(pages)
    assert [value for value in fetched if ELSEWHERE.match(value)] == []
    # Its scripts would fetch what draws diagrams, where there is one.
    assert not any("mermaid" in page.classes for page in pages.values())


def test_links_and_anchors_lead_somewhere(site, pages):
    broken = []
    for file, page in pages.items():
        for link in page.links:
            if ELSEWHERE.match(link) or link.startswith("mailto:"):
                continue
            target, anchor = urldefrag(unquote(link))
            there = (file.parent / target).resolve() if target else file
            if there.is_dir():
                there /= "index.html"
            led = there.exists() and (
                not anchor or there not in pages or anchor in pages[there].ids
            )
            if not led and anchor != "__skip":
                broken.append((file.name, link))
    assert broken == []


def test_llms_txt_leads_to_every_page(site):
    text = (site / "llms.txt").read_text()
    assert text.startswith("# Sidecar\n\n> ")
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+)\)", text, re.MULTILINE)
    assert listed == PLACES
    assert all((site / place).is_file() for place in listed)
    everything = (site / "llms-full.txt").read_text()
    assert all((site / place).read_text() in everything for place in listed)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("kept")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "site.py", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "was not made here" in done.stderr
    assert (tmp_path / "mine").read_text() == "kept"


def test_what_pages_lead_to_is_there(site):
    assert (site / "files" / "config" / "sidecar.yaml").read_bytes() == (
        ROOT / "config" / "sidecar.yaml"
    ).read_bytes()
    assert Path(site, "benchmarks").is_dir()
