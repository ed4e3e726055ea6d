"""What the documents say is compared with what is there."""

import re
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from sidecar.config.load import load
from sidecar.errors import ClientGone, SidecarError
from sidecar.policy.refused import CircuitOpen

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CLIENT_CLOSED = 499


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


def test_error_codes_are_unique() -> None:
    codes = [leaf.code for leaf in leaves(SidecarError)]
    assert len(codes) == len(set(codes))
    assert all(isinstance(leaf.status, HTTPStatus) for leaf in leaves(SidecarError))


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in requirements}


def test_dependencies_are_all_described() -> None:
    to_run, to_test = page("docs/dependencies.md").split("## To check and to test")
    cells = re.findall(r"^\| ([^|]+) \|", to_test, re.MULTILINE)
    described = {name for cell in cells for name in cell.split(", ")}
    assert set(re.findall(r"^\| (\S+) \|", to_run, re.MULTILINE)) - {
        "package"
    } == named(PROJECT["dependencies"])
    assert described - {"package", "---"} == named(
        PROJECT["optional-dependencies"]["dev"]
    )


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


@pytest.mark.parametrize("lock", ["runtime", "dev", "tools", "helm"])
def test_locks_pin_by_hash_and_name_no_host(lock: str) -> None:
    text = page(f"requirements/{lock}.txt")
    assert "://" not in text
    assert "--index-url" not in text
    pins = re.findall(
        r"^\S+==.+?( \\\n    --hash=sha256:[0-9a-f]{64})+", text, re.MULTILINE
    )
    assert len(pins) == len(re.findall("^[a-z]", text, re.MULTILINE))
