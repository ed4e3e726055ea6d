"""What the documents say is compared with what is there."""

import json
import re
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from sidecar.config.load import load
from sidecar.errors import ClientGone, SidecarError
from sidecar.inject.options import Options
from sidecar.policy.refused import CircuitOpen

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FILE = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, BUILD = _FILE["project"], _FILE["build-system"]
CLIENT_CLOSED = 499
BUILDING = [f"docs/{name}.md" for name in ("compose", "deploy", "kubernetes")]


def page(name: str) -> str:
    return (ROOT / name).read_text()


def leaves(branch: type[SidecarError]) -> Iterator[type[SidecarError]]:
    below = branch.__subclasses__()
    if not below:
        yield branch
    for one in below:
        # Only the tree itself: tests elsewhere may grow leaves of their own.
        if one.__module__ in (SidecarError.__module__, CircuitOpen.__module__):
            yield from leaves(one)


def row(leaf: type[SidecarError]) -> str:
    status = CLIENT_CLOSED if leaf is ClientGone else int(leaf.status)
    return f"| {status} | `{leaf.code}` | `{leaf.error}` | {leaf.title} |"


def test_errors_are_all_described() -> None:
    table = re.findall(r"^\| \d{3} \|.*$", page("docs/errors.md"), re.MULTILINE)
    assert table == [row(leaf) for leaf in leaves(SidecarError)]


def test_what_to_do_is_said_of_each_error() -> None:
    """4xx and 5xx of the protocol are said together, by their status."""
    says = page("docs/errors.md").partition("## What to do")[2]
    silent = {
        leaf.code
        for leaf in leaves(SidecarError)
        if leaf.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and f"`{leaf.code}`" not in says
        and str(int(leaf.status)) not in says
    }
    assert silent == set()


def test_error_codes_are_unique() -> None:
    codes = [leaf.code for leaf in leaves(SidecarError)]
    assert len(codes) == len(set(codes))
    assert all(isinstance(leaf.status, HTTPStatus) for leaf in leaves(SidecarError))


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in requirements}


def test_dependencies_are_all_described() -> None:
    tools = (ROOT / "requirements" / "tools.in").read_text().split()
    _, *tables = page("docs/dependencies.md").split("| package | for |")
    assert [described(table) for table in tables] == [
        named(PROJECT["dependencies"]),
        named(PROJECT["optional-dependencies"]["dev"]),
        named(tools),
        named(BUILD["requires"]),
    ]


def described(table: str) -> set[str]:
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    return {name for cell in cells for name in cell.split(", ")}


def test_decisions_are_numbered() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [(path.name[:5], path.read_text().split(" ")[1]) for path in pages] == [
        (f"{number:04}-", f"{number}.") for number in range(1, len(pages) + 1)
    ]


def links() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), target)
        for path in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())
        if "://" not in target
    ]


@pytest.mark.parametrize(("source", "target"), links())
def test_links_lead_somewhere(source: str, target: str) -> None:
    assert (ROOT / source).parent.joinpath(target).exists()


def anchors(path: Path) -> set[str]:
    """As forges make them of headings."""
    prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = [
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    ]
    assert len(found) == len(set(found)) or path.name == "CHANGELOG.md", path
    return set(found)


@pytest.mark.parametrize(
    ("source", "target", "anchor"),
    [
        (str(path.relative_to(ROOT)), target, anchor)
        for path in PAGES
        for target, anchor in re.findall(
            r"\]\(([^)#\s]*)#([^)\s]+)\)", path.read_text()
        )
        if "://" not in target
    ],
)
def test_anchors_are_headings(source: str, target: str, anchor: str) -> None:
    page = ROOT / source
    assert anchor in anchors(page.parent / target if target else page)


@pytest.mark.parametrize(
    "name",
    [
        *("caching", "compose", "deploy", "errors", "kubernetes", "lightness"),
        *("observability", "operations", "protection", "stores", "tuning"),
    ],
)
def test_features_say_what_they_defend_and_open(name: str) -> None:
    assert "security" in anchors(ROOT / "docs" / f"{name}.md")


@pytest.mark.parametrize("name", ["README.md", *BUILDING])
def test_the_image_that_is_built_is_the_one_that_is_asked_for(name: str) -> None:
    built = re.findall(r"docker build -t (?:registry\.example/)?(\S+)", page(name))
    assert set(built) == {Options().image}


@pytest.mark.parametrize("name", ["README.md", "docs/comparison.md", "docs/tuning.md"])
def test_figures_are_those_that_were_measured(name: str) -> None:
    """Each figure with a unit or a point stands in a result that the page leads to."""
    text = page(name)
    results = "".join(
        (ROOT / "benchmarks" / "results" / found).read_text()
        for found in re.findall(r"benchmarks/results/([\w.-]+\.md)", text)
    )
    measured = set(re.findall(r"[\d.,]*\d", results))
    said = re.findall(
        r"(?<![\w.,:/])(\d[\d,]*\.\d+|[\d,]*\d(?= ?(?:ms|kB|µs|%|KiB each)))",
        tables(text),
    )
    assert said
    assert [figure for figure in said if figure not in measured] == []


def tables(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def test_the_error_that_is_shown_is_one_of_ours() -> None:
    shown = page("docs/errors.md").split("```http\n")[1].split("```")[0]
    head, body = shown.split("\n\n")
    document = json.loads(body)
    leaf = next(one for one in leaves(SidecarError) if one.code == document["code"])
    assert document["type"] == f"urn:sidecar:error:{leaf.code}"
    assert (document["title"], document["status"]) == (leaf.title, leaf.status)
    assert head.startswith(f"HTTP/1.1 {int(leaf.status)} ")
    assert f"error={leaf.error}" in head


def configurations() -> list[tuple[str, str]]:
    """Every block fenced as yaml; what is not a configuration is fenced as yml."""
    return [
        (
            f"{path.relative_to(ROOT)}:{path.read_text()[: block.start()].count(chr(10)) + 1}",
            block[1],
        )
        for path in PAGES
        for block in re.finditer(
            r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL
        )
    ]


@pytest.mark.parametrize(("where", "text"), configurations())
def test_configurations_are_valid(where: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "sidecar.yaml"
    file.write_text(text)
    assert load(file, environ={}).path == file


def test_make_targets_that_are_named_exist() -> None:
    there = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    said = {
        target
        for path in PAGES
        for target in re.findall(
            r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE
        )
    }
    assert said <= there
    assert {"help", "demo", "run", "test", "check", "bench"} <= there


@pytest.mark.parametrize("lock", ["runtime", "dev", "tools", "helm", "build"])
def test_locks_pin_by_hash_and_name_no_host(lock: str) -> None:
    text = page(f"requirements/{lock}.txt")
    assert "://" not in text
    assert "--index-url" not in text
    pins = re.findall(
        r"^\S+==.+?( \\\n    --hash=sha256:[0-9a-f]{64})+", text, re.MULTILINE
    )
    assert len(pins) == len(re.findall("^[a-z]", text, re.MULTILINE))


def test_what_runs_is_what_was_tested() -> None:
    """`make run` installs the one lock, `make test` the other."""
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    runtime, dev = (
        dict(pin.findall(page(f"requirements/{lock}.txt")))
        for lock in ("runtime", "dev")
    )
    assert runtime
    assert runtime.items() <= dev.items()
    assert "setuptools" in dev
