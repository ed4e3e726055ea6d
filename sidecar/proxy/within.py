"""Within: work in a context that may have to wait when the work has failed.

Not compiled, and here so that its callers can be: a compiled coroutine that waits while
an exception passes through it hands on a broken one (mypyc 2.4).
"""

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

T = TypeVar("T")


async def within(
    context: AbstractAsyncContextManager[object, bool | None], work: Awaitable[T]
) -> T:
    """What comes of `work`; the context is left after it, however it ends."""
    async with context:
        return await work
