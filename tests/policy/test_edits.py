"""What a route sets and removes."""

from sidecar.policy.edits import NO_EDITS, UNEDITABLE, Edits


def test_what_is_set_also_removes_what_was_there():
    edits = Edits.of({"X-Frame-Options": "DENY"}, ["Server"])
    assert edits.fields == ((b"X-Frame-Options", b"DENY"),)
    assert edits.names == {b"x-frame-options", b"server"}


def test_none():
    assert Edits.of({}) == NO_EDITS
    assert not NO_EDITS.names
    assert not NO_EDITS.fields


def test_framing_cannot_be_edited():
    assert {b"content-length", b"transfer-encoding", b"connection"} <= UNEDITABLE
