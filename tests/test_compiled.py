"""What is compiled: all that an exchange calls, and nothing else is kept from it."""

import ast
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import pytest

from benchmarks.exchanges import Scene
from sidecar import __version__, compiled, units
from sidecar.server.loop import loop_factory
from tests.harness.sidecar import ROOT

INTERPRETED: Mapping[str, str] = {
    "sidecar/proxy/clock.py": "tests stop it",
    "sidecar/storage/s3fifo.py": "it is one of cachetools' caches",
}
"""What an exchange calls besides, and why it stays as it is."""


def listed() -> Mapping[str, str]:
    """What setup.py names: package to modules."""
    tree = ast.parse((ROOT / "setup.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED":
            found: Mapping[str, str] = ast.literal_eval(node.value)
            return found
    raise AssertionError("setup.py names nothing")


FILES = {
    str(Path("sidecar", package, f"{name}.py"))
    for package, names in listed().items()
    for name in names.split()
}


@pytest.mark.parametrize("file", sorted(FILES | set(INTERPRETED)))
def test_what_is_named_is_there(file: str) -> None:
    assert (ROOT / file).exists()


@pytest.mark.parametrize("package", listed())
def test_names_are_in_order(package: str) -> None:
    names = listed()[package].split()
    assert names == sorted(set(names))


def waits_while_an_exception_passes(work: ast.AsyncFunctionDef) -> set[int]:
    """Lines at fault (docs/decisions/0014-compiled.md)."""
    found = set()
    for node in ast.walk(work):
        if isinstance(node, ast.AsyncWith | ast.AsyncFor):
            found.add(node.lineno)
        if isinstance(node, ast.Try):
            for part in (*node.handlers, *node.finalbody):
                found |= {
                    one.lineno for one in ast.walk(part) if isinstance(one, ast.Await)
                }
    return found


@pytest.mark.parametrize("file", sorted(FILES))
def test_no_coroutine_waits_while_an_exception_passes(file: str) -> None:
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.AsyncFunctionDef):
            assert not waits_while_an_exception_passes(node), node.name


def test_one_that_does_is_found() -> None:
    text = """
async def work():
    try:
        await one()
    finally:
        await two()
    async with three:
        pass
"""
    (work,) = ast.parse(text).body
    assert isinstance(work, ast.AsyncFunctionDef)
    assert waits_while_an_exception_passes(work) == {6, 7}


def calls_in_a_slice(tree: ast.Module) -> set[int]:
    """Lines where a slice's bound calls something: C may call it twice."""
    bounds = [
        bound
        for node in ast.walk(tree)
        if isinstance(node, ast.Slice)
        for bound in (node.lower, node.upper)
        if bound is not None
    ]
    return {
        one.lineno
        for bound in bounds
        for one in ast.walk(bound)
        if isinstance(one, ast.Call) and ast.unparse(one.func) != "len"
    }


@pytest.mark.parametrize("file", sorted(FILES))
def test_no_bound_of_a_slice_calls(file: str) -> None:
    assert not calls_in_a_slice(ast.parse((ROOT / file).read_text()))


def test_one_that_calls_is_found() -> None:
    text = "a[: len(b)]\na[b() :]\na[b()]\na[: c.d(1) + 2]"
    assert calls_in_a_slice(ast.parse(text)) == {2, 4}


def looked_up(tree: ast.Module) -> set[str]:
    """Constants that C would look up in a dictionary each time: they are not Final."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [one for target in node.targets for one in ast.walk(target)]
            found |= {one.id for one in names if isinstance(one, ast.Name)}
        if isinstance(node, ast.AnnAssign) and "Final" not in ast.unparse(
            node.annotation
        ):
            found.add(ast.unparse(node.target))
    return {name for name in found if name.isupper()}


@pytest.mark.parametrize("file", sorted(FILES))
def test_constants_are_final(file: str) -> None:
    assert not looked_up(ast.parse((ROOT / file).read_text()))


def test_one_that_is_not_is_found() -> None:
    text = "A = 1\nB, C = 2, 3\nD: int = 4\nE: Final = 5\nF: Final[int] = 6\ng = 7"
    assert looked_up(ast.parse(text)) == {"A", "B", "C", "D"}


def called() -> set[str]:
    """Files of ours that were called in Python, by one exchange of each kind."""
    found: set[str] = set()

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            found.add(frame.f_code.co_filename)

    async def exchanges() -> None:
        scene = Scene()
        for exchange in scene.exchanges().values():
            exchange()
            sys.setprofile(profile)
            exchange()
            sys.setprofile(None)
        scene.close()

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(exchanges())
    source = ROOT / "sidecar"
    return {
        str(Path(file).relative_to(ROOT))
        for file in found
        if Path(file).is_relative_to(source)
    }


def test_all_that_an_exchange_calls_is_compiled() -> None:
    found = called()
    assert found - FILES <= set(INTERPRETED)
    if compiled.COMPILED:
        assert not found & FILES
    else:
        assert len(found & FILES) > len(FILES) / 2


def test_what_is_in_use_is_said() -> None:
    file = Path(units.__file__ or "")
    assert (file.suffix == ".so") == compiled.COMPILED
    how = "compiled" if compiled.COMPILED else "pure Python"
    assert f"sidecar {__version__} ({how})" == compiled.VERSION


def test_what_is_compiled_is_what_is_written() -> None:
    """Whoever edits and does not use `make test` would test what was."""
    for built in ROOT.glob("sidecar/native__mypyc*.so"):
        newer = {
            file
            for file in FILES
            if (ROOT / file).stat().st_mtime > built.stat().st_mtime
        }
        assert not newer, "make test compiles them again"
