"""Parser: argparse that says what to type next, and how a command is declared."""

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NoReturn, TypeAlias

OK: Final = 0
FAILED: Final = 1
"""It was tried and did not work."""
MISTAKEN: Final = 2
"""What was asked for makes no sense: a wrong flag, mistakes in the configuration."""

Command = Callable[[argparse.Namespace], int]
_WRONG = re.compile(r"(?:invalid choice: '|arguments: )([^\s'=]+)")
_ADDRESS = re.compile(
    r"COMMAND: invalid choice: '(([\w.-]+:)?\d{1,5})(/[^\s']*)?'", re.ASCII
)
# What other programs call it.
_OTHERWISE: Final = {
    "bench": "loadtest", "benchmark": "loadtest", "health": "healthcheck",
    "lint": "check", "serve": "run", "start": "run", "stop": "drain",
    "validate": "check",
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """Says what to type next when a command or flag is wrong."""

    def error(self, message: str) -> NoReturn:
        if address := _ADDRESS.search(message):
            where = address[1] if address[2] else f"127.0.0.1:{address[1]}"
            hint = f"   = a URL begins with its scheme: {self.prog} http://{where}\n"
        else:
            wrong = _WRONG.search(message)
            hint = self._hint(wrong[1]) if wrong else ""
        raise SystemExit(mistaken(self.prog, message, hint))

    def _hint(self, wrong: str) -> str:
        words = list(self.words())
        if wrong in words:
            taking = [
                f"{self.prog} {one.name}"
                for one in self.offered()
                if any(wrong in flag.names for flag in one.flags)
            ]
            others = ", ".join(taking) or f"{self.prog}, before any command"
            return f"   = {wrong} is for: {others}\n"
        otherwise = [_OTHERWISE[wrong]] if wrong in _OTHERWISE else []
        near = otherwise or get_close_matches(wrong, words, n=1)
        return f"   = did you mean {near[0]!r}?\n" if near else ""

    def words(self) -> Iterator[str]:
        """Every command and flag, those of the commands too."""
        yield from self._option_string_actions
        for one in self.offered():
            yield one.name
            for flag in one.flags:
                yield from flag.names

    def offered(self) -> list["Offered"]:
        """The commands, as far as there are some."""
        return [
            command.itself(name, summaries.get(name) or "")
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - its only name
            for summaries in [{one.dest: one.help for one in action._get_subactions()}]  # noqa: SLF001
            for name, command in action.choices.items()
        ]

    def itself(self, name: str, summary: str) -> "Offered":
        """What this one takes, as a command of another."""
        flags = [one for one in self._actions if one.option_strings]
        places = [one for one in self._actions if not one.option_strings]
        return Offered(
            name,
            summary,
            tuple(
                Flag(
                    tuple(one.option_strings),
                    (one.help or "").replace("%%", "%"),
                    _choices(one),
                    takes=one.nargs != 0,
                )
                for one in flags
            ),
            tuple(word for one in places for word in _choices(one)),
        )


def mistaken(prog: str, message: str, hint: str = "") -> int:
    """Say on stderr what is wrong with how `prog` was called; the exit status."""
    sys.stderr.write(f"error: {message}\n{hint}   = see {prog} --help\n")
    return MISTAKEN


def number(least: float, most: float) -> Callable[[str], float]:
    """Return what reads a flag's number from `least` to `most`."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(
                f"a number from {least:g} to {most:g} is needed, not {text!r}"
            )
        return found

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """The same for whole numbers."""

    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit()
        if not (digits and least <= int(text[:20]) <= most):
            raise argparse.ArgumentTypeError(
                f"a whole number from {least} to {most} is needed, not {text!r}"
            )
        return int(text)

    return read


@dataclass(frozen=True, slots=True)
class Flag:
    """`takes`: a value follows; one of `choices`, where there are some."""

    names: tuple[str, ...]
    help: str
    choices: tuple[str, ...]
    takes: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A command; `choices` are the words that it may be followed by."""

    name: str
    summary: str
    flags: tuple[Flag, ...]
    choices: tuple[str, ...]


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices or ()))


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
