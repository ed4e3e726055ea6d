"""Structured fields: dictionaries and lists that have one way to be read.

RFC 9651, as far as fields that we read use it: items of all types but dates and
display strings, inner lists, parameters (which are checked, and left out). A
value that breaks one rule has no meaning at all.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

# A key, then what may follow; all start at a position, so that nothing is copied.
_KEY = re.compile(rb"[a-z*][a-z0-9_.*-]*")
_NUMBER = re.compile(rb"-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])")
_STRING = re.compile(rb'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_TOKEN = re.compile(rb"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_BINARY = re.compile(rb":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(rb"\?([01])")
_SP = re.compile(rb" *")
_OWS = re.compile(rb"[ \t]*")

MOST_MEMBERS = 1024
"""§3.1, §3.2: what everybody who reads must be able to take, and no more."""


class Token(bytes):
    """A bare word; strings are `bytes`."""

    __slots__ = ()


Bare: TypeAlias = int | float | bool | bytes
Member: TypeAlias = Bare | tuple[Bare, ...]
"""An item, or an inner list."""


class _Malformed(Exception):
    pass


@dataclass(slots=True)
class _Reader:
    text: bytes
    at: int = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def next_is(self, char: bytes) -> bool:
        return self.text.startswith(char, self.at)

    def took(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def took_char(self, char: bytes) -> bool:
        found = self.next_is(char)
        self.at += found
        return found

    def key(self) -> bytes:
        match = self.took(_KEY)
        if match is None:
            raise _Malformed
        return match[0]

    def member(self) -> Member:
        value = self.inner_list() if self.next_is(b"(") else self.bare()
        self.parameters()
        return value

    def inner_list(self) -> tuple[Bare, ...]:
        self.at += 1
        items: list[Bare] = []
        while True:
            self.took(_SP)
            if self.took_char(b")"):
                return tuple(items)
            items.append(self.bare())
            self.parameters()
            if not self.next_is(b" ") and not self.next_is(b")"):
                raise _Malformed

    def parameters(self) -> None:
        while self.took_char(b";"):
            self.took(_SP)
            self.key()
            if self.took_char(b"="):
                self.bare()

    def bare(self) -> Bare:
        if match := self.took(_STRING):
            return re.sub(rb"\\(.)", rb"\1", match[1])
        if match := self.took(_NUMBER):
            return float(match[0]) if b"." in match[0] else int(match[0])
        if match := self.took(_TOKEN):
            return Token(match[0])
        if match := self.took(_BOOLEAN):
            return match[1] == b"1"
        if match := self.took(_BINARY):
            return match[1]
        raise _Malformed

    def separator(self) -> bool:
        """Whether another member follows."""
        self.took(_OWS)
        if self.ended:
            return False
        if not self.took_char(b","):
            raise _Malformed
        self.took(_OWS)
        if self.ended:
            raise _Malformed
        return True


def dictionary(value: bytes) -> dict[bytes, Member] | None:
    """Return the members by key, the last of equal ones; None where it is none.

    §4.2.2.
    """
    reader = _Reader(value.strip(b" "))
    members: dict[bytes, Member] = {}
    if reader.ended:
        return members
    try:
        while True:
            key = reader.key()
            if reader.took_char(b"="):
                members[key] = reader.member()
            else:
                members[key] = True
                reader.parameters()
            if not reader.separator():
                return members
            if len(members) >= MOST_MEMBERS:
                return None
    except _Malformed:
        return None


def items(value: bytes) -> list[Member] | None:
    """Return the members of a list; None where it is none (§4.2.1)."""
    reader = _Reader(value.strip(b" "))
    members: list[Member] = []
    if reader.ended:
        return members
    try:
        while True:
            members.append(reader.member())
            if not reader.separator():
                return members
            if len(members) >= MOST_MEMBERS:
                return None
    except _Malformed:
        return None


def strings(value: bytes) -> tuple[bytes, ...]:
    """The strings of a list of strings; empty where it is none."""
    members = items(value)
    if members is None or any(type(member) is not bytes for member in members):
        return ()
    return tuple(member for member in members if isinstance(member, bytes))


def string(value: bytes) -> bytes:
    """Write a string; what cannot be inside one becomes `?` (§4.1.6)."""
    if value.isascii() and value.isalnum():
        return b'"%b"' % value
    escaped = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"%b"' % re.sub(rb"[^ -~]", b"?", escaped)
