"""Parser: argparse that says what to type next, and how a command is declared."""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Final, NoReturn, TypeAlias

OK: Final = 0
FAILED: Final = 1
"""It was tried and did not work."""
MISTAKEN: Final = 2
"""What was asked for makes no sense: a wrong flag, mistakes in the configuration."""

Command = Callable[[argparse.Namespace], int]
_WRONG = re.compile(r"(?:invalid choice: '|arguments: )([^\s'=]+)")


class Parser(argparse.ArgumentParser):
    """Says what to type next when a command or flag is wrong."""

    def error(self, message: str) -> NoReturn:
        wrong = _WRONG.search(message)
        near = get_close_matches(wrong[1], list(self.words()), n=1) if wrong else []
        hint = f"   = did you mean {near[0]!r}?\n" if near else ""
        sys.stderr.write(f"error: {message}\n{hint}   = see {self.prog} --help\n")
        raise SystemExit(MISTAKEN)

    def words(self) -> Iterator[str]:
        """Every command and flag, those of the commands too."""
        yield from self._option_string_actions
        for name, flags in self.commands().items():
            yield from (name, *flags)

    def commands(self) -> dict[str, list[str]]:
        """The flags of each command, by its name."""
        return {
            name: list(command.words())
            for action in self._actions
            if isinstance(action.choices, dict)
            for name, command in action.choices.items()
        }


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - its only name


def declare(
    commands: Commands,
    name: str,
    summary: str,
    command: Command,
    examples: str = "",
) -> Parser:
    """Add a command; what it returns is the exit status."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command)
    return parser
