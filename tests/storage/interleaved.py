"""Interleaved: what another process finds between the steps of a writer's work."""

import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any


def at_each_step(module: ModuleType, work: Callable[[], object], look: Any) -> int:
    """Look before each instruction of the module that the work runs; how many they
    were. The module has to be one that is not compiled.
    """
    steps = 0

    def step(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        if frame.f_code.co_filename != module.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            steps += 1
            look()
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps
