"""Completing: `sidecar completion`, which a shell evaluates to complete the rest."""

import argparse
import sys
from collections.abc import Mapping
from typing import Final

from sidecar.cli.parser import OK, Commands, Parser, declare

_EXAMPLES = """\
examples:
  eval "$(sidecar completion bash)"          in ~/.bashrc
  eval "$(sidecar completion zsh)"           in ~/.zshrc, after compinit
"""
_ZSH: Final = "autoload -U +X bashcompinit && bashcompinit\n"
# Commands first, then the flags of the command, and files.
_BASH: Final = """\
_sidecar() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{cases}
    *) COMPREPLY=() ;;
    esac
}}
complete -o filenames -F _sidecar sidecar
"""
_CASE: Final = """\
    {name})
        COMPREPLY=($(compgen -W "{flags}" -- "$word") $(compgen -f -- "$word"))
        ;;"""


def declare_completion(commands: Commands, root: Parser) -> None:
    """`root` is asked only then, when it has all commands."""
    completion = declare(
        commands, "completion", "print what a shell completes with", _print, _EXAMPLES
    )
    completion.add_argument("shell", choices=("bash", "zsh"))
    completion.set_defaults(root=root)


def script(shell: str, commands: Mapping[str, list[str]]) -> str:
    """What the shell evaluates; `commands` are the flags of each."""
    cases = "\n".join(
        _CASE.format(name=name, flags=" ".join(flags))
        for name, flags in commands.items()
    )
    text = _BASH.format(commands=" ".join(commands), cases=cases)
    return _ZSH + text if shell == "zsh" else text


def _print(arguments: argparse.Namespace) -> int:
    sys.stdout.write(script(arguments.shell, arguments.root.commands()))
    return OK
