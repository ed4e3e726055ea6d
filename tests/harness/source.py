"""Source: a module as it is written, where the one that is in use may be compiled."""

from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from tests.harness.sidecar import ROOT


def from_source(name: str) -> ModuleType:
    """The module of that name, another one than what `import` gives."""
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
