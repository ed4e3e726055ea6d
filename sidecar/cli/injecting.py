"""Injecting: `sidecar inject`: a sidecar for manifests and compose files."""

import argparse
import re
import sys
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.cli.parser import FAILED, OK, Commands, declare, mistaken, whole

if TYPE_CHECKING:
    from sidecar.inject.options import Options
    from sidecar.inject.rewrite import Rewritten

PROG = "sidecar inject"
STDIN = Path("-")
_EXAMPLES = """\
examples:
  sidecar inject deploy.yaml | kubectl apply -f -
  kubectl get deploy,service -o yaml | sidecar inject | kubectl apply -f -
  sidecar inject --in-place deploy.yaml service.yaml
  sidecar inject --diff compose.yaml             what would change
  sidecar inject --check deploy.yaml             is it in? for pipelines
  sidecar inject --undo --in-place deploy.yaml   as it was, to the byte

The sidecar stands before each container that serves HTTP on a port that a Service leads
to, or before each compose service that publishes one. Databases and caches are left
alone. What was done, and why, is said on stderr. Doing it again changes nothing. The
exit status of --check is 0 where the sidecar is in, and 1 where it is not.
"""


def declare_inject(commands: Commands) -> None:
    inject = declare(
        commands, "inject", "put a sidecar into a manifest", _inject, _EXAMPLES
    )
    add = inject.add_argument
    add("files", metavar="FILE", nargs="*", type=Path, help="none, or -: from stdin")
    add("-i", "--in-place", action="store_true", help="write the files anew")
    how = inject.add_mutually_exclusive_group()
    how.add_argument("--diff", action="store_true", help="print what would change")
    how.add_argument("--check", action="store_true", help="only say whether it is in")
    how.add_argument("--undo", action="store_true", help="take it out again")
    add("-q", "--quiet", action="store_true", help="say nothing on stderr")
    add("-c", "--config", metavar="FILE", type=Path, help="the sidecar's configuration")
    add("--image", metavar="NAME", help="of the sidecar")
    add("--container", metavar="NAME", action="append", help="the one to stand before")
    add(
        "--service", metavar="NAME", action="append", help="the same, of a compose file"
    )
    add("--port", metavar="N", type=whole(1, 65_535), help="the application's")
    add(
        "--wait", metavar="SECONDS", type=whole(0, 3600),
        help="before it ends; default: 10",
    )  # fmt: skip
    add("--kubernetes", metavar="VERSION", type=_version, help="default: 1.33")
    add(
        "--mode",
        choices=("native", "container"),
        default="native",
        help="an init container that stays, or one among the others",
    )


def _inject(arguments: argparse.Namespace) -> int:
    from sidecar.inject.marks import BrokenMarksError, undone  # noqa: PLC0415 - slow
    from sidecar.inject.nodes import UnreadableError  # noqa: PLC0415
    from sidecar.inject.options import Notes  # noqa: PLC0415
    from sidecar.inject.rewrite import Rewritten, inject  # noqa: PLC0415

    files = arguments.files or [STDIN]
    if arguments.in_place and STDIN in files:
        return mistaken(PROG, "--in-place needs files, for stdin has no place")
    try:
        texts = [_read(file) for file in files]
        if arguments.undo:
            done = Rewritten(tuple(undone(text) for text in texts), Notes())
        else:
            done = inject(texts, _options(arguments))
    except OSError as error:
        return mistaken(PROG, f"{error.filename}: {error.strerror}")
    except UnicodeDecodeError:
        return mistaken(PROG, "the input is not UTF-8")
    except (UnreadableError, BrokenMarksError, ValueError) as error:
        return mistaken(PROG, str(error))
    if not arguments.quiet:
        sys.stderr.write("".join(f"{note}\n" for note in done.notes.found))
    return _finish(arguments, files, texts, done)


def _finish(
    arguments: argparse.Namespace,
    files: list[Path],
    texts: list[str],
    done: "Rewritten",
) -> int:
    if arguments.check:
        return OK if list(done.texts) == texts and done.notes.injected else FAILED
    if arguments.diff:
        for file, old, new in zip(files, texts, done.texts, strict=True):
            lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
            _write("".join(unified_diff(*lines, str(file), f"{file} (injected)")))
    elif arguments.in_place:
        for file, old, new in zip(files, texts, done.texts, strict=True):
            if new != old:
                file.write_bytes(new.encode())
    else:
        _write(_joined(done.texts))
    return OK


def _options(arguments: argparse.Namespace) -> "Options":
    from dataclasses import replace  # noqa: PLC0415 - only here

    from sidecar.inject.options import Options  # noqa: PLC0415 - slow to import

    config = arguments.config
    given = {
        "image": arguments.image,
        "config": config.read_bytes().decode() if config else None,
        "config_name": f"./{config.name}" if config else None,
        "containers": frozenset(arguments.container or ()) or None,
        "services": frozenset(arguments.service or ()) or None,
        "port": arguments.port,
        "kubernetes": arguments.kubernetes,
        "wait": arguments.wait,
        "native": arguments.mode == "native",
    }
    named = {key: value for key, value in given.items() if value is not None}
    return replace(Options(), **named)


def _version(text: str) -> tuple[int, int]:
    found = re.match(r"v?(\d{1,3})\.(\d{1,3})(?!\d)", text, re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"a version such as 1.33 is needed, not {text!r}"
        )
    return int(found[1]), int(found[2])


def _read(file: Path) -> str:
    """The text with its line ends as they are."""
    content = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
    return content.decode()


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _joined(texts: tuple[str, ...]) -> str:
    """Several files as one stream of documents; one file as it is."""
    parts = list(texts[:1])
    for text in texts[1:]:
        ended = parts[-1].endswith("\n") or not parts[-1]
        begun = text.startswith("---")
        parts.append(
            f"{'' if ended else chr(10)}{'' if begun else '---' + chr(10)}{text}"
        )
    return "".join(parts)
