"""Completing: `sidecar completion`, which a shell evaluates to complete the rest."""

import argparse
import sys
from collections.abc import Iterable
from typing import Final

from sidecar.cli.parser import OK, Commands, Flag, Offered, Parser, declare

_EXAMPLES = """\
examples:
  eval "$(sidecar completion bash)"          in ~/.bashrc
  eval "$(sidecar completion zsh)"           in ~/.zshrc, after compinit
  sidecar completion fish | source           in ~/.config/fish/config.fish
"""
_ZSH: Final = "autoload -U +X bashcompinit && bashcompinit\n"
# Commands first, then what the flag before may be, the flags of the command, and files.
_BASH: Final = """\
_sidecar() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    before=${{COMP_WORDS[COMP_CWORD - 1]}}
    case "${{COMP_WORDS[1]}} $before" in
{choices}
    esac
    case "${{COMP_WORDS[1]}}" in
{cases}
    *) COMPREPLY=() ;;
    esac
}}
complete -o filenames -F _sidecar sidecar
"""
_CHOICE: Final = """\
    {patterns})
        COMPREPLY=($(compgen -W "{values}" -- "$word"))
        return
        ;;"""
_CASE: Final = """\
    {name})
        COMPREPLY=($(compgen -W "{words}" -- "$word") $(compgen -f -- "$word"))
        ;;"""
_FISH_FIRST: Final = "__fish_use_subcommand"
_FISH_LATER: Final = "__fish_seen_subcommand_from {name}"


def declare_completion(commands: Commands, root: Parser) -> None:
    """`root` is asked only then, when it has all commands."""
    completion = declare(
        commands, "completion", "print what a shell completes with", _print, _EXAMPLES
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    completion.set_defaults(root=root)


def script(shell: str, offered: Iterable[Offered]) -> str:
    """What the shell evaluates."""
    commands = list(offered)
    if shell == "fish":
        return "".join(f"{line}\n" for one in commands for line in _fish(one))
    bash = _bash(commands)
    return _ZSH + bash if shell == "zsh" else bash


def _bash(commands: list[Offered]) -> str:
    choices = [
        _CHOICE.format(
            patterns="|".join(f"'{one.name} {name}'" for name in flag.names),
            values=" ".join(flag.choices),
        )
        for one in commands
        for flag in one.flags
        if flag.choices
    ]
    cases = [
        _CASE.format(name=one.name, words=" ".join((*_names(one.flags), *one.choices)))
        for one in commands
    ]
    return _BASH.format(
        commands=" ".join(one.name for one in commands),
        choices="\n".join(choices),
        cases="\n".join(cases),
    )


def _names(flags: Iterable[Flag]) -> list[str]:
    return [name for flag in flags for name in flag.names]


def _fish(one: Offered) -> list[str]:
    """A line for the command, and one for each of its flags."""
    first = f"complete -c sidecar -n {_FISH_FIRST} -f -a {one.name}"
    later = f"complete -c sidecar -n {_quoted(_FISH_LATER.format(name=one.name))}"
    lines = [f"{first} -d {_quoted(one.summary)}"]
    if one.choices:
        lines.append(f"{later} -f -a {_quoted(' '.join(one.choices))}")
    for flag in one.flags:
        said = [later]
        for name in flag.names:
            said += ["-l" if name.startswith("--") else "-s", name.lstrip("-")]
        if flag.choices:
            said += ["-x", "-a", _quoted(" ".join(flag.choices))]
        elif flag.takes:
            said.append("-r")
        if flag.help:
            said += ["-d", _quoted(flag.help)]
        lines.append(" ".join(said))
    return lines


def _quoted(text: str) -> str:
    """For fish, where a backslash within single quotes is for these two alone."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _print(arguments: argparse.Namespace) -> int:
    sys.stdout.write(script(arguments.shell, arguments.root.offered()))
    return OK
