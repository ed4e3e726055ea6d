"""Injecting: `sidecar inject`: a sidecar for manifests and compose files."""

import argparse
import re
import sys
from collections.abc import Iterator
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
    add("--image", metavar="NAME", help="the sidecar's image")
    add("--container", metavar="NAME", action="append", help="the one to stand before")
    add(
        "--service", metavar="NAME", action="append", help="the same, of a compose file"
    )
    add("--port", metavar="N", type=whole(1, 65_535), help="the application's port")
    add(
        "--listen", metavar="N", type=whole(1, 65_534),
        help="the sidecar's in a pod, and the next for health; default: 15080",
    )  # fmt: skip
    add(
        "--wait", metavar="SECONDS", type=whole(0, 3600),
        help="before the application ends; default: 10",
    )  # fmt: skip
    add(
        "--kubernetes",
        metavar="VERSION",
        type=_version,
        help="of the cluster; default: 1.33",
    )
    add(
        "--mode",
        choices=("native", "container"),
        default="native",
        help="an init container that stays, or one among the others",
    )


def _inject(arguments: argparse.Namespace) -> int:
    from sidecar.inject.errors import UnreadableError  # noqa: PLC0415 - slow to import
    from sidecar.inject.rewrite import inject, undo  # noqa: PLC0415

    files = arguments.files or [STDIN]
    if arguments.in_place and STDIN in files:
        return mistaken(PROG, "--in-place needs files, for stdin has no place")
    names = ["stdin" if file == STDIN else str(file) for file in files]
    try:
        texts = [_read(file, name) for file, name in zip(files, names, strict=True)]
        if arguments.undo:
            done = undo(texts, names)
        else:
            done = inject(texts, _options(arguments, files), names)
    except OSError as error:
        return mistaken(PROG, f"{error.filename}: {error.strerror}")
    except UnreadableError as error:
        return mistaken(PROG, f"{error.place}: {error}" if error.place else str(error))
    if not arguments.quiet:
        sys.stderr.writelines(
            f"{said}\n" for said in _said(arguments, names, texts, done)
        )
    return _finish(arguments, files, texts, done)


def _said(
    arguments: argparse.Namespace,
    names: list[str],
    texts: list[str],
    done: "Rewritten",
) -> Iterator[str]:
    """What was done; of a check, what would have been."""
    if not arguments.check:
        yield from map(str, done.notes.found)
        return
    for name, old, new in zip(names, texts, done.texts, strict=True):
        if old != new:
            yield f"{name}: without it, or not as inject writes it; --diff says where"
    yield from map(str, done.notes.left)


def _finish(
    arguments: argparse.Namespace,
    files: list[Path],
    texts: list[str],
    done: "Rewritten",
) -> int:
    if arguments.check:
        return OK if list(done.texts) == texts and done.notes.standing else FAILED
    if arguments.diff:
        for file, old, new in zip(files, texts, done.texts, strict=True):
            _write("".join(_difference(old, new, str(file))))
    elif arguments.in_place:
        for file, old, new in zip(files, texts, done.texts, strict=True):
            if new != old:
                file.write_bytes(new.encode())
    else:
        _write(_joined(done.texts))
    return OK


def _difference(old: str, new: str, name: str) -> Iterator[str]:
    """As `patch` takes it, also where the last line has no end."""
    from sidecar.inject.marks import lines  # noqa: PLC0415 - slow to import

    for line in unified_diff(lines(old), lines(new), name, f"{name} (injected)"):
        ended = line.endswith("\n")
        yield line if ended else f"{line}\n\\ No newline at end of file\n"


def _options(arguments: argparse.Namespace, files: list[Path]) -> "Options":
    from dataclasses import replace  # noqa: PLC0415 - only here

    from sidecar.cli.mounting import mounted  # noqa: PLC0415 - only here
    from sidecar.inject.options import Options  # noqa: PLC0415 - slow to import

    given = {
        "image": arguments.image,
        "containers": frozenset(arguments.container or ()) or None,
        "services": frozenset(arguments.service or ()) or None,
        "port": arguments.port,
        "listen": arguments.listen,
        "health": arguments.listen and arguments.listen + 1,
        "kubernetes": arguments.kubernetes,
        "wait": arguments.wait,
        "native": arguments.mode == "native",
    }
    if arguments.config:
        config = mounted(arguments.config, [file for file in files if file != STDIN])
        given |= {
            "config": config.text,
            "config_name": config.name,
            "drain": config.drain,
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


def _read(file: Path, name: str) -> str:
    """The text with its line ends as they are."""
    from sidecar.inject.errors import UnreadableError  # noqa: PLC0415 - only here

    content = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UnreadableError(f"{name} is not UTF-8") from None


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
