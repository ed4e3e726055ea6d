"""Rewrite: manifests and compose files with a sidecar before what serves HTTP.

What was done before is undone first: doing it twice changes nothing, and other options
replace the earlier ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.inject import compose, kubernetes
from sidecar.inject.editing import Editing
from sidecar.inject.errors import UnreadableError, of
from sidecar.inject.marks import is_marked, undone
from sidecar.inject.nodes import MappingNode, Node, Tree, child
from sidecar.inject.options import Notes, Options, Outcome
from sidecar.inject.reading import text

MAX_CHARACTERS: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The texts, in order, and what is to be said of them."""

    texts: tuple[str, ...]
    notes: Notes


def inject(
    texts: Sequence[str], options: Options, names: Sequence[str] = ()
) -> Rewritten:
    """Put the sidecar in; what is not concerned stays as it is, to the byte.

    Raises:
        UnreadableError, with the name of the text
    """
    if options.config is not None and is_marked(options.config):
        raise UnreadableError("the configuration holds marks of an injected file")
    notes = Notes()
    names = names or ["input"] * len(texts)
    editings = [_editing(*one) for one in zip(texts, names, strict=True)]
    manifests = []
    for editing in editings:
        documents = editing.documents
        services = [one for one in documents if compose.is_compose(one)]
        for document in services:
            compose.rewrite(editing, document, options, notes)
        if any(text(one, "kind") for one in documents if isinstance(one, MappingNode)):
            manifests.append(editing)
        elif not services:
            notes.say(editing.name, Outcome.LEFT, _neither(documents))
    if manifests:
        kubernetes.rewrite(manifests, options, notes)
    return Rewritten(tuple(_written(editing) for editing in editings), notes)


def _neither(documents: Sequence[Node]) -> str:
    if any(child(one, "include") for one in documents):
        return "it has no services of its own: give the files that it includes"
    return "neither a manifest nor a compose file"


def undo(texts: Sequence[str], names: Sequence[str]) -> Rewritten:
    """Take out what `inject` put in.

    Raises:
        BrokenMarksError, with the name of the text
    """
    return Rewritten(tuple(map(_undone, texts, names)), Notes())


def _undone(text_: str, name: str) -> str:
    with of(name):
        return undone(text_)


def _editing(text_: str, name: str) -> Editing:
    with of(name):
        return Editing(_read(text_), name)


def _read(text_: str) -> Tree:
    if len(text_) > MAX_CHARACTERS:
        raise UnreadableError(f"it has more than {MAX_CHARACTERS} characters")
    marked = is_marked(text_)
    before = undone(text_) if marked else text_
    if before.lstrip("\ufeff \t\r\n").startswith("{\n"):
        raise UnreadableError("it is JSON, which has no comments: give it as YAML")
    try:
        return Tree(before)
    except UnreadableError:
        if marked:
            Tree(text_)  # says the same, with the lines that the file has
        raise


def _written(editing: Editing) -> str:
    """The text; that it can be read again, and undone, is made sure of here."""
    result = editing.result()
    Tree(result)
    if undone(result) != editing.text:
        raise AssertionError("what was written cannot be undone")
    return result
