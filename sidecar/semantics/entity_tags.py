"""Entity tags: names of representations, and lists of them (RFC 9110 §8.8.3).

A tag is kept as it is written: `"abc"`, or `W/"abc"`. What a content coding makes
of a representation is another one, with a tag of its own: `"abc-gzip"`, and what
the same coding makes of it with more work another again: `"abc-gzip+"`. A weak tag
names all of them, and stays.
"""

import re
from collections.abc import Iterable

# A list longer than this comes from nobody honest; what follows is not read.
MOST_TAGS = 100

_TAG = rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ONE = re.compile(_TAG)
_MEMBER = re.compile(rb"[ \t,]*(%b)[ \t]*(?:,|$)" % _TAG)
_REFINED = b"+"


def is_tag(value: bytes) -> bool:
    return _ONE.fullmatch(value) is not None


def is_strong(tag: bytes) -> bool:
    return tag.startswith(b'"')


def opaque(tag: bytes) -> bytes:
    """What the weak comparison looks at (§8.8.3.2)."""
    return tag[2:] if tag.startswith(b"W/") else tag


def weakened(tag: bytes) -> bytes:
    """The tag of something equivalent that is not the same bytes."""
    return b"W/" + tag if is_strong(tag) else tag


def tags(value: bytes) -> list[bytes]:
    """The tags of a list, up to what cannot be read; `*` is none."""
    found: list[bytes] = []
    at = 0
    while len(found) < MOST_TAGS and (member := _MEMBER.match(value, at)):
        found.append(member[1])
        at = member.end()
    return found


def refined(coding: bytes) -> bytes:
    """What tags call the form of a coding that more work was put into."""
    return coding + _REFINED


def is_refined(form: bytes) -> bool:
    return form.endswith(_REFINED)


def forms(coding: bytes) -> tuple[bytes, bytes]:
    """What tags may call what a coding makes."""
    return coding, refined(coding)


def coded(tag: bytes, form: bytes) -> bytes:
    """The tag of a form of a representation; what is no tag stays what it is."""
    if is_strong(tag) and tag.endswith(b'"', 1):
        return b'%b-%b"' % (tag[:-1], form)
    return tag


def uncoded(value: bytes, codings: Iterable[bytes]) -> bytes:
    """A list of tags, with those that `coded` made turned back.

    Only `codings` are looked for; weak tags stay as they are.
    """
    if b"-" not in value:
        return value
    endings = tuple(b'-%b"' % form for coding in codings for form in forms(coding))

    def turned(match: re.Match[bytes]) -> bytes:
        tag = match[0]
        if is_strong(tag):
            for ending in endings:
                if tag.endswith(ending):
                    return tag[: -len(ending)] + b'"'
        return tag

    return _ONE.sub(turned, value)
