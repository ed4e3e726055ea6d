r"""Redaction: what a log may show of a target, and how bytes become its text.

A query's values go unseen where the parameter's name says that they are
secret; names are compared decoded, without regard to case or style. Text that
leaves here holds no lone surrogates: bytes that are not UTF-8 show as `\xff`.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from sidecar.units import Bytes

REDACTED: Final = b"[redacted]"

_WITHIN: Final = (
    *(b"token", b"secret", b"passw", b"passphrase", b"signature", b"credential"),
    *(b"authorization", b"apikey", b"accesskey", b"jwt", b"session", b"sessid"),
)
_WORDS: Final = frozenset(
    {b"key", b"sig", b"pwd", b"pass", b"auth", b"sid", b"otp", b"pin"}
)
# `country_code` is no secret, OAuth's `code` is.
_WHOLE: Final = frozenset({b"code", b"hash"})
_WORD: Final = re.compile(rb"[a-z0-9]+")
_PARAMETER: Final = re.compile(rb"([^&;=]*)=([^&;]*)")
# Longer names are judged, not remembered.
_REMEMBERED: Final[Bytes] = 64


def is_secret(name: bytes) -> bool:
    """Whether the values of a query parameter of this name are hidden."""
    if len(name) > _REMEMBERED:
        return _judge(name)
    return _judged(name)


def redacted(target: bytes) -> bytes:
    """Return the target with the values of secret parameters replaced."""
    path, mark, query = target.partition(b"?")
    if not mark or b"=" not in query:
        return target
    return path + mark + _PARAMETER.sub(_shown, query)


def text(value: bytes | str, limit: Bytes) -> str:
    """Return valid text of at most the first `limit` bytes or characters."""
    if len(value) > limit:
        value = value[:limit]
    if isinstance(value, str):
        if value.isascii():
            return value
        value = value.encode("utf-8", "backslashreplace")
    return value.decode("utf-8", "backslashreplace")


def _judge(name: bytes) -> bool:
    plain = unquote_to_bytes(name).lower()
    if plain in _WHOLE or any(part in plain for part in _WITHIN):
        return True
    words = _WORD.findall(plain)
    return not _WORDS.isdisjoint(words) or any(w.endswith(b"key") for w in words)


_judged = lru_cache(maxsize=512)(_judge)


def _shown(parameter: re.Match[bytes]) -> bytes:
    name, value = parameter.groups()
    return name + b"=" + (REDACTED if value and is_secret(name) else value)
