"""The house rules a linter cannot check: one test file per module, and small modules."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "sidecar"
MODULES = [
    path.relative_to(SOURCE)
    for path in sorted(SOURCE.rglob("*.py"))
    if path.stat().st_size
]
MAX_LINES = 250
# Modules without a test file of their own, and why.
UNTESTED = {
    "__init__.py": "the version only",
    "__main__.py": "two lines; tests/cli starts it as a process",
    "cli/__init__.py": "passes on one name",
    "coding/codec.py": "protocols: declarations only",
    "proxy/cache_shared.py": "declarations only",
    "proxy/cached_answer.py": "test_sharing.py sees all of its ways",
    "proxy/downstream.py": "a protocol: declarations only",
    "proxy/upstreams.py": "protocols: declarations only",
    "proxy/looked_up.py": "declarations only",
    "proxy/nobody.py": "does nothing; test_sharing.py refreshes for it",
    "proxy/site.py": "declarations only",
    "proxy/verdicts.py": "test_sharing.py sees what comes of them",
    "semantics/message.py": "declarations only",
    "server/client_state.py": "declarations only",
    "server/entrance.py": "declarations only",
    "storage/remote.py": "a protocol: declarations only",
    "storage/store.py": "a protocol: declarations only",
    "server/estate.py": "declarations only",
    "server/key_documents.py": "test_key_sets.py fetches by it",
    "server/launch.py": "declarations only",
    "server/messages.py": "declarations only",
    "telemetry/family.py": "test_families.py declares with it",
    "telemetry/finished.py": "a protocol: declarations only",
    "units.py": "declarations only",
    "upstream/wire_state.py": "declarations only",
}


def mirror(module: Path) -> Path:
    return ROOT / "tests" / module.with_name(f"test_{module.name}")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_is_short_and_says_what_it_is_for(module: Path) -> None:
    text = (SOURCE / module).read_text()
    assert text.count("\n") <= MAX_LINES
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_has_its_own_tests(module: Path) -> None:
    assert mirror(module).exists() or str(module) in UNTESTED


@pytest.mark.parametrize("module", UNTESTED)
def test_an_exception_is_still_needed(module: str) -> None:
    assert Path(module) in MODULES
    assert not mirror(Path(module)).exists()
