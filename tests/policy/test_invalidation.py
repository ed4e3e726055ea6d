import pytest

from sidecar.policy.invalidation import (
    Also,
    Invalidated,
    changes,
    invalidated,
    names_others,
)

BASE, TARGET = b"http://a", b"/p/q?r=1"


def urls(values=None, *, method=b"POST", status=200):
    if not changes(method, status):
        return None
    return [url.decode() for url in invalidated(values or {}, BASE, TARGET).urls]


TARGET_URL = "http://a/p/q?r=1"


@pytest.mark.parametrize(
    ("rule", "method", "status", "found"),
    [
        ("§4.4: POST", b"POST", 200, [TARGET_URL]),
        ("PUT", b"PUT", 204, [TARGET_URL]),
        ("DELETE", b"DELETE", 200, [TARGET_URL]),
        ("PATCH", b"PATCH", 200, [TARGET_URL]),
        ("one whose safety is unknown", b"M-SEARCH", 200, [TARGET_URL]),
        ("a redirect is no error", b"POST", 303, [TARGET_URL]),
        ("an error is", b"POST", 404, None),
        ("another", b"POST", 500, None),
        ("GET", b"GET", 200, None),
        ("HEAD", b"HEAD", 200, None),
        ("OPTIONS", b"OPTIONS", 200, None),
    ],
)
def test_target(rule, method, status, found):
    assert urls(method=method, status=status) == found, rule


@pytest.mark.parametrize(
    ("rule", "reference", "url"),
    [
        ("a path", b"/x?y=1", "http://a/x?y=1"),
        ("without fragment", b"/x#y", "http://a/x"),
        ("a URL", b"http://a/x", "http://a/x"),
        ("spelled otherwise", b"HTTP://A:80/X", "http://a/X"),
        ("without path", b"http://a", "http://a/"),
        ("without scheme", b"//a/x", "http://a/x"),
        ("relative", b"x", "http://a/p/x"),
        ("a query", b"?x", "http://a/p/q?x"),
        ("beside it", b"./x?../y", "http://a/p/x?../y"),
        ("above", b"../x/./y", "http://a/x/y"),
        ("above all", b"../../../x/..", "http://a/"),
        ("from the root", b"/x/../y/.", "http://a/y/"),
        ("a URL with dots", b"http://a/x/../y", "http://a/y"),
        ("itself", b"/p/q?r=1", None),
        ("another host", b"http://b/x", None),
        ("another port", b"http://a:81/x", None),
        ("another scheme", b"https://a/x", None),
        ("another again", b"//b/x", None),
        ("no web page", b"mailto:x@a", None),
        ("nor that", b"ftp://a/x", None),
        ("user information", b"http://u@a/x", None),
        ("nothing", b"", None),
    ],
)
@pytest.mark.parametrize("name", [b"location", b"content-location"])
def test_location(rule, reference, url, name):
    expected = [TARGET_URL] if url is None else [TARGET_URL, url]
    assert urls({name: reference}) == expected, rule


def test_both_locations():
    found = urls({b"location": b"/x", b"content-location": b"/y"})
    assert found == [TARGET_URL, "http://a/x", "http://a/y"]


@pytest.mark.parametrize(
    ("rule", "values", "also", "expected"),
    [
        ("nothing", {}, Also(), False),
        ("other fields", {b"etag": b'"a"'}, Also(), False),
        ("Location", {b"location": b"/x"}, Also(), True),
        ("Content-Location", {b"content-location": b"/x"}, Also(), True),
        ("groups", {b"cache-group-invalidation": b'"g"'}, Also(), True),
        ("paths of the route", {}, Also.of(["/x"]), True),
        ("its tags", {}, Also.of(["tag:t"]), True),
    ],
)
def test_names_others(rule, values, also, expected):
    assert names_others(values, also) is expected, rule
    if not expected:
        found = invalidated(values, BASE, TARGET, also)
        assert found == Invalidated(BASE, (TARGET_URL.encode(),), (), ())


def test_groups_and_rules():
    also = Also.of(["/api/**", "tag:products", "/x"])
    values = {b"cache-group-invalidation": b'"g"'}
    assert invalidated(values, BASE, b"/p", also) == Invalidated(
        BASE,
        (b"http://a/p",),
        (b"/api/**", b"/x"),
        (b"products", b"group:http://a g"),
    )
