"""The first document of a text."""

from typing import Any

from sidecar.inject.nodes import Tree


def first(text: str) -> Any:
    return Tree(text).documents[0]
