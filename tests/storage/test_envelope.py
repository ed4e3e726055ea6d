import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.storage.envelope import Envelope, key_digest
from sidecar.storage.seal import Checksum, Signature
from tests.storage.entries import stored
from tests.storage.test_entry_bytes import ENTRIES, said

ENVELOPES = [Envelope(Checksum()), Envelope(Signature(b"secret"))]
DIGEST = key_digest(b"http://a/x ")
SEALED = [one.sealed(DIGEST, stored(tags=(b"t",)), 7) for one in ENVELOPES]
BOTH = list(zip(ENVELOPES, SEALED, strict=True))


@given(ENTRIES, st.integers(0, 2**63), st.sampled_from(ENVELOPES))
def test_comes_back_as_it_was(entry, mark, envelope):
    opened = envelope.opened(DIGEST, envelope.sealed(DIGEST, entry, mark))
    assert opened is not None
    assert (said(opened.entry), opened.mark) == (said(entry), mark)


@pytest.mark.parametrize(("envelope", "data"), BOTH)
def test_every_bit_counts(envelope, data):
    for number in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[number] ^= 1 << bit
            assert envelope.opened(DIGEST, bytes(damaged)) is None


@pytest.mark.parametrize(("envelope", "data"), BOTH)
def test_every_cut_counts(envelope, data):
    assert not any(envelope.opened(DIGEST, data[:n]) for n in range(len(data)))


@given(st.sampled_from(BOTH), st.data())
def test_mutated_bytes_are_a_miss(both, data):
    envelope, sealed = both
    start = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(start, len(sealed)))
    mutated = sealed[:start] + data.draw(st.binary(max_size=40)) + sealed[end:]
    opened = envelope.opened(DIGEST, mutated)
    assert (opened is not None) == (mutated == sealed)


@given(st.sampled_from(ENVELOPES), st.binary(max_size=400))
def test_foreign_bytes_are_a_miss(envelope, data):
    assert envelope.opened(DIGEST, data) is None


@pytest.mark.parametrize(
    ("rule", "envelope", "digest", "data"),
    [
        ("another key's value", ENVELOPES[0], key_digest(b"http://a/y "), SEALED[0]),
        ("unsigned where we sign", ENVELOPES[1], DIGEST, SEALED[0]),
        ("signed where we do not", ENVELOPES[0], DIGEST, SEALED[1]),
        ("signed by another", Envelope(Signature(b"x")), DIGEST, SEALED[1]),
        ("a pickle", ENVELOPES[0], DIGEST, pickle.dumps(["anything"] * 99)),
        ("nothing", ENVELOPES[0], DIGEST, b""),
        ("twice", ENVELOPES[0], DIGEST, SEALED[0] * 2),
    ],
)
def test_is_a_miss(rule, envelope, digest, data):
    assert envelope.opened(digest, data) is None, rule
