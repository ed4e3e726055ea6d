"""Nothing that becomes of a response."""

from sidecar.proxy.rendering import AS_IT_IS, NO_FORMS, UNCHANGED
from tests.proxy.lightened import TEXT, origin
from tests.proxy.script import exchange


async def test_as_it_is():
    one, head = exchange(), origin()
    assert AS_IT_IS.receive(one) is None
    assert not AS_IT_IS.takes_time(one, head, 1 << 30)
    assert AS_IT_IS.whole(one, head, TEXT) == (head, TEXT)
    assert await AS_IT_IS.whole_later(one, head, TEXT) == (head, TEXT)
    assert AS_IT_IS.collects(one, head) is None
    assert AS_IT_IS.stream(one, head) == (head, None)


def test_unchanged():
    assert list(UNCHANGED.pieces(b"a")) == [b"a"]
    assert list(UNCHANGED.pieces(b"")) == []
    assert UNCHANGED.finish() == b""
    UNCHANGED.close()


def test_no_variants():
    NO_FORMS.put(b"br", b"x")
    assert NO_FORMS.get(b"br") is None
