"""Secret files: `token: file:/run/secrets/token` is the content of that file."""

from collections.abc import Iterator
from pathlib import Path

from sidecar.config.draft import Draft, replace_at, value_at
from sidecar.config.mistakes import KeyPath, Mistake
from sidecar.config.outline import ANY, Pattern, secrets

MAX_SECRET = 64 * 1024
_PREFIX = "file:"


def read(draft: Draft, folder: Path) -> Iterator[Mistake]:
    """Put the content of secret files into the draft; relative ones from `folder`.

    A secret that is one variable stays text, whatever it looks like.
    """
    for pattern in secrets():
        for path in _paths(draft.data, pattern, ()):
            text = draft.document.texts.get(path)
            if text is not None:
                replace_at(draft.data, path, text)
            value = value_at(draft.data, path)
            if not isinstance(value, str) or not value.startswith(_PREFIX):
                continue
            file = folder / value.removeprefix(_PREFIX)
            try:
                replace_at(draft.data, path, content(file))
            except ValueError as error:
                # So that the name of the file is not taken for the secret.
                replace_at(draft.data, path, "unread")
                yield draft.mistake(path, f"the secret's file {error}")


def content(file: Path) -> str:
    """A secret without the line end that editors add.

    Raises:
        ValueError: the file cannot be read, is too large, empty, or not text.
    """
    try:
        with file.open("rb") as opened:
            found = opened.read(MAX_SECRET + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a file name"
        raise ValueError(f"{str(file)[:200]!r} cannot be read: {why}") from None
    if len(found) > MAX_SECRET:
        raise ValueError(f"{str(file)!r} is larger than 64 KiB")
    try:
        text = found.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{str(file)!r} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{str(file)!r} is empty")
    return text


def _paths(data: object, pattern: Pattern, path: KeyPath) -> Iterator[KeyPath]:
    if not pattern:
        yield path
    elif pattern[0] == ANY:
        many = enumerate(data) if isinstance(data, list) else ()
        for index, item in many:
            yield from _paths(item, pattern[1:], (*path, index))
    elif isinstance(data, dict) and pattern[0] in data:
        yield from _paths(data[pattern[0]], pattern[1:], (*path, pattern[0]))
