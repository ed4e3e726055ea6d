"""What the words mean, and what is left of a level when there is no time."""

import pytest

from sidecar.coding.levels import (
    BALANCED,
    BEST,
    FAST,
    WORDS,
    Levels,
    codecs,
    eased,
    streaming,
)

SLOW = Levels(gzip=9, br=11, zstd=22)


@pytest.mark.parametrize(
    ("rule", "given_", "expected"),
    [
        ("best becomes fast", BEST, FAST),
        ("fast stays", FAST, FAST),
        ("faster than fast stays", Levels(0, 0, -7), Levels(0, 0, -7)),
    ],
)
def test_eased(rule, given_, expected):
    assert eased(given_) == expected


def test_streaming_is_never_slow():
    assert streaming(BALANCED) == BALANCED
    assert streaming(SLOW) == Levels(gzip=9, br=BEST.br, zstd=BEST.zstd)


@pytest.mark.parametrize("levels", [*WORDS.values(), SLOW])
def test_a_codec_for_each_coding(levels):
    found = codecs(levels)
    assert {name: codec.name for name, codec in found.items()} == {
        name: name for name in (b"gzip", b"br", b"zstd")
    }


def test_a_better_word_makes_it_smaller():
    content = b"".join(b'{"id": %d, "name": "n%d"},' % (n, n * n) for n in range(2000))
    for coding in (b"gzip", b"br", b"zstd"):
        sizes = [len(codecs(one)[coding].compress(content)) for one in (FAST, BEST)]
        assert sizes[1] < sizes[0]
