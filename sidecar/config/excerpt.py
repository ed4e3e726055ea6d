"""Excerpt: the line of the file that a mistake is in, with its secrets masked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sidecar.config.document import Document
from sidecar.config.mistakes import Mistake
from sidecar.config.outline import secrets

# Masked with as many stars, so that columns stay right.
_USERINFO = re.compile(r"(?<=//)[^/\s@]*(?:@[^/\s@]*)*(?=@)")
_WORDS = "authorization|cookie|set-cookie|dsn|passw(?:or)?d|[\\w-]*(?:token|secret|key)"
_LONGEST = 400


def with_excerpts(mistakes: Iterable[Mistake], document: Document) -> Iterator[Mistake]:
    for mistake in mistakes:
        if 0 < mistake.line <= len(document.lines):
            line = document.lines[mistake.line - 1][:_LONGEST]
            yield replace(mistake, excerpt=masked(line))
        else:
            yield mistake


def masked(line: str) -> str:
    """Hide what may be secret: values of secret keys, and users in URLs.

    A reference (`${NAME}`) and the name of a secret file are none.
    """
    line = _USERINFO.sub(_stars, line)
    return _SECRET.sub(lambda m: m[1] + _stars_for(m[2]), line)


def _secret_words() -> str:
    names = {pattern[-1] for pattern in secrets()} - {"url"}
    return "|".join(sorted(names))


_SECRET = re.compile(
    rf"(?i)((?<![\w-])[\"']?(?:{_WORDS}|{_secret_words()})[\"']?\s*:\s+)"
    r"(?!file:|[\"']?\$\{|[&*|>{\[])"
    r"(\"[^\"]*\"?|'[^']*'?|[^\s,}#][^,}#]*)"
)


def _stars(match: re.Match[str]) -> str:
    return _stars_for(match[0])


def _stars_for(text: str) -> str:
    return "*" * len(text)
