"""An answer from the file, or none."""

from sidecar.proxy.fallback import NO_FALLBACK, Configured


def test_what_the_file_says():
    answer = Configured(200, b"application/json", b"[]").answer()
    assert (answer.status, answer.content) == (200, b"[]")
    assert answer.fields == [
        (b"Content-Type", b"application/json"),
        (b"Cache-Control", b"no-store"),
    ]


def test_nobody_shares_its_fields():
    one = Configured(200, b"application/json", b"[]")
    one.answer().fields.append((b"X", b"y"))
    assert len(one.answer().fields) == 2


def test_nothing():
    assert NO_FALLBACK.answer() is None
