import pytest

from sidecar.storage.seal import Checksum, Signature, is_intact


@pytest.mark.parametrize("seal", [Checksum(), Signature(b"secret")])
def test_a_seal(seal):
    check = seal.of(b"content")
    assert len(check) == seal.size
    assert is_intact(seal, memoryview(b"content"), check)
    assert not is_intact(seal, memoryview(b"Content"), check)
    assert not is_intact(seal, memoryview(b"content"), check[:-1])
    assert not is_intact(seal, memoryview(b"content"), b"")


def test_a_signature_is_its_keys_alone():
    check = Signature(b"one").of(b"content")
    assert not is_intact(Signature(b"other"), memoryview(b"content"), check)


def test_rfc_4231_case_2():
    assert Signature(b"Jefe").of(b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
