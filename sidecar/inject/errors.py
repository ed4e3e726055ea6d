"""Errors: why a text cannot be rewritten, and where in it."""

from collections.abc import Iterator
from contextlib import contextmanager


class UnreadableError(Exception):
    """The text is none that can be rewritten.

    `name` is that of the text; `line` and `column` count from 1, and are 0 where it is
    wrong as a whole.
    """

    name: str = ""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        """`file:line:column`, as far as it is known."""
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name


@contextmanager
def of(name: str) -> Iterator[None]:
    """Whatever is wrong within is wrong in the text of that name."""
    try:
        yield
    except UnreadableError as error:
        error.name = name
        raise


class BrokenMarksError(UnreadableError):
    """The marks do not pair up: the text was changed between them."""
