import pytest

from sidecar.policy.bypass import UNUSUAL, is_usual, passes
from sidecar.semantics.message import RequestHead


def request(target=b"/a?b=%2f", **more):
    values = more.pop("values", {})
    return RequestHead(b"GET", target, 1, b"a", [], values, **more)


@pytest.mark.parametrize(
    ("rule", "head", "expected"),
    [
        ("a plain one", request(), False),
        (
            "conditions that a cache can answer",
            request(values={b"if-none-match": b"*"}),
            False,
        ),
        ("a body, which no key holds", request(content_length=5), True),
        ("an empty one", request(content_length=0), False),
        (
            "an upgrade",
            request(upgrade=b"websocket", values={b"upgrade": b"websocket"}),
            True,
        ),
        ("a part", request(values={b"range": b"bytes=0-1"}), True),
        ("a condition against lost updates", request(values={b"if-match": b"*"}), True),
        (
            "another target, for who believes it",
            request(values={b"x-original-url": b"/"}),
            True,
        ),
        ("another method", request(values={b"x-http-method-override": b"PUT"}), True),
        (
            "what a framework says to itself",
            request(values={b"x-middleware-prefetch": b"1"}),
            True,
        ),
        ("a path that is read differently", request(target=b"/a/%2e%2e/b"), True),
        ("also with an escaped slash", request(target=b"/static/..%2Faccount"), True),
        ("and with a control character", request(target=b"/a%0Ax.css"), True),
    ],
)
def test_passes(rule, head, expected):
    assert passes(head) is expected, rule
    part = rule == "a part"
    assert passes(head, stored=True) is (expected and not part), rule
    if head.values and expected:
        assert not UNUSUAL.isdisjoint(head.values)


@pytest.mark.parametrize(
    ("rule", "head", "expected"),
    [
        ("a plain one", request(), True),
        (
            "conditions are not the cache's alone",
            request(values={b"if-none-match": b"*"}),
            True,
        ),
        (
            "credentials are no matter of reading",
            request(values={b"cookie": b"a"}),
            True,
        ),
        (
            "what is said of the cache",
            request(values={b"cache-control": b"no-store"}),
            False,
        ),
        ("of old", request(values={b"pragma": b"no-cache"}), False),
        ("a part", request(values={b"range": b"bytes=0-1"}), False),
        ("a body", request(content_length=5), False),
        ("an upgrade", request(values={b"upgrade": b"websocket"}), False),
        ("a path that is read differently", request(target=b"/a/%2e%2e/b"), False),
    ],
)
def test_is_usual(rule, head, expected):
    assert is_usual(head) is expected, rule
    if expected:
        assert not passes(head), rule


def test_only_a_get_is_usual():
    assert not is_usual(RequestHead(b"HEAD", b"/", 1, b"a", [], {}))
