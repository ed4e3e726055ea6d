import pytest

from sidecar.units import Instant
from sidecar.upstream.lifetime import Lifetime, announced


@pytest.mark.parametrize(
    ("rule", "parameters", "seconds"),
    [
        ("timeout", b"timeout=5", 5.0),
        ("any case, any space", b" Timeout = 5 , max=100", 5.0),
        ("quoted", b'timeout="5"', 5.0),
        ("no more requests", b"timeout=5, max=0", 0.0),
        ("not a number", b"timeout=5.5", None),
        ("negative", b"timeout=-5", None),
        ("beyond reason", b"timeout=99999999", None),
        ("something else", b"max=100", None),
        ("nothing", b"", None),
    ],
)
def test_announced(rule, parameters, seconds):
    assert announced(parameters) == seconds


@pytest.mark.parametrize(
    ("rule", "fields", "opened", "until"),
    [
        ("ours, if the upstream says nothing", {}, 90.0, 104.0),
        ("its own, less a margin", {b"keep-alive": b"timeout=3"}, 90.0, 102.0),
        ("ours is shorter", {b"keep-alive": b"timeout=60"}, 90.0, 104.0),
        ("too short to be of use", {b"keep-alive": b"timeout=1"}, 90.0, 100.0),
        ("old age ends it sooner", {}, 42.0, 102.0),
        ("too old already", {}, 40.0, 100.0),
    ],
)
def test_idle_until(rule, fields, opened, until):
    lifetime = Lifetime(keepalive=4.0, max_age=60.0)
    assert lifetime.idle_until(fields, Instant(opened), Instant(100.0)) == until
