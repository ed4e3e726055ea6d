import pytest

from sidecar.coding.finest import FINE, FINEST, affordable, compress, level
from sidecar.coding.levels import BALANCED, codecs
from tests.coding.contract import CONTENTS, UNDO

CODINGS = (b"zstd", b"br", b"gzip")
KIB = 1024


@pytest.mark.parametrize(
    ("rule", "quota", "expected"),
    [
        ("no limit", None, FINEST),
        ("room for a thread beside the loop", 2.0, FINEST),
        ("one processor", 1.0, FINE),
        ("less", 0.2, FINE),
    ],
)
def test_affordable(rule, quota, expected):
    assert affordable(quota) is expected, rule


@pytest.mark.parametrize(
    ("rule", "levels", "coding", "size", "expected"),
    [
        ("short", FINEST, b"br", 64 * KIB, 11),
        ("longer", FINEST, b"br", 64 * KIB + 1, 9),
        ("too long", FINEST, b"br", 512 * KIB + 1, None),
        ("short, with little time", FINE, b"br", 64 * KIB, 9),
        ("longer, with little time", FINE, b"br", 64 * KIB + 1, None),
        ("another coding", FINEST, b"gzip", 50 * KIB, 9),
    ],
)
def test_level(rule, levels, coding, size, expected):
    assert level(levels, coding, size) == expected, rule


@pytest.mark.parametrize("coding", CODINGS)
def test_it_is_smaller_and_comes_back(coding):
    text = b"".join(b'{"id": %d, "name": "n%d"},' % (n, n * n) for n in range(500))
    usual = codecs(BALANCED)[coding].compress(text)
    for levels in (FINE, FINEST):
        at = level(levels, coding, len(text))
        assert at is not None
        better = compress(coding, at, text, 0)
        assert len(better) < len(usual)
        assert UNDO[coding](better) == text


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_padded_it_comes_back(coding, content):
    assert UNDO[coding](compress(coding, 9, content[:3000], 32)) == content[:3000]
